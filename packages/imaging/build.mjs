// Compiles kernels/ (AssemblyScript) to build/kernels.wasm: `node packages/imaging/build.mjs`. Does nothing when the result is
// newer than its sources.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const modifiedMs = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = readdirSync(here("./kernels")).map((name) => here(`./kernels/${name}`));
const target = here("./build/kernels.wasm");

if (modifiedMs(target) <= Math.max(...[...sources, here("./build.mjs")].map(modifiedMs))) {
  const { main } = await import("assemblyscript/asc");
  mkdirSync(here("./build"), { recursive: true });
  const paths = ["kernels/index.ts", "--outFile", "build/kernels.wasm", "--baseDir", here(".")];
  const flags = ["-O3", "--enable", "simd", "--noAssert", "--runtime", "stub", "--converge", "--importMemory"];
  const { error } = await main([...paths, ...flags], { stdout: process.stdout, stderr: process.stderr });
  if (error) process.exitCode = 1; // the compiler has said why
}
