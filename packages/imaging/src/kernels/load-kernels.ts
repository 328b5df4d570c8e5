import { existsSync, readFileSync } from "node:fs";
import type { FrameKernels } from "./frame-kernels.ts";
import { plainKernels } from "./plain-kernels.ts";
import { createWasmKernels } from "./wasm-kernels.ts";

/** Built by `packages/imaging/build.mjs`; at the same depth from `src` and `dist`. */
const moduleUrl = new URL("../../build/kernels.wasm", import.meta.url);

let loaded: FrameKernels | undefined;

/**
 * The fastest kernels that this host can run, compiled when first asked for and kept: their memory, the size of the
 * largest frame seen, is the reason to have them only once in a process.
 *
 * @returns `wasm`, or `plain` where the module was not built or the host has no WebAssembly SIMD: slower, same results
 */
export function loadKernels(): FrameKernels {
  loaded ??= existsSync(moduleUrl) ? (createWasmKernels(readFileSync(moduleUrl)) ?? plainKernels) : plainKernels;
  return loaded;
}
