import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run-tool.mjs";

/** Compiles what changed: the pixel kernels to WebAssembly, TypeScript to JavaScript. */
export async function setUpBuild({ root }) {
  for (const name of ["dicom", "imaging"]) {
    const kernels = join(root, "packages", name, "build.mjs");
    if (existsSync(kernels)) await run(process.execPath, [kernels], { what: `building the kernels of ${name}` });
  }
  await run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-b", root], {
    what: "compiling TypeScript",
  });
}
