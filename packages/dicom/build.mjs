// Compiles kernels/*.ts (AssemblyScript) to build/kernels.wasm: `node packages/dicom/build.mjs`. Does nothing when the result is
// newer than its sources.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const modifiedMs = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = readdirSync(here("./kernels"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `kernels/${name}`);
const newest = Math.max(...["build.mjs", ...sources].map((name) => modifiedMs(here(`./${name}`))));

if (modifiedMs(here("./build/kernels.wasm")) <= newest) {
  const { main } = await import("assemblyscript/asc");
  mkdirSync(here("./build"), { recursive: true });
  const paths = ["kernels/index.ts", "--outFile", "build/kernels.wasm", "--baseDir", here(".")];
  const flags = ["-O3", "--enable", "simd", "--noAssert", "--runtime", "stub"];
  const { error } = await main([...paths, ...flags], { stdout: process.stdout, stderr: process.stderr });
  if (error) process.exitCode = 1; // the compiler has said why
}
