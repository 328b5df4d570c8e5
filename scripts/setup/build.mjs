import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run-tool.mjs";

/** Compiles what changed: the pixel kernels to WebAssembly, TypeScript to JavaScript. */
export async function setUpBuild({ root }) {
  const kernels = join(root, "packages", "imaging", "build.mjs");
  if (existsSync(kernels)) await run(process.execPath, [kernels], { what: "building the pixel kernels" });
  await run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-b", root], {
    what: "compiling TypeScript",
  });
}
