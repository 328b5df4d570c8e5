import { existsSync, readFileSync } from "node:fs";
import type { Kernels } from "./kernels.ts";
import { plainKernels } from "./plain-kernels.ts";
import { createWasmKernels } from "./wasm-kernels.ts";

/** Built by `packages/imaging/build.mjs`; at the same depth from `src` and `dist`. */
const moduleUrl = new URL("../../build/kernels.wasm", import.meta.url);

let loaded: Kernels | undefined;

/**
 * The fastest kernels that this host can run, compiled when first asked for and kept: their memory, which the
 * largest frame seen has filled, is the reason to have them only once in a process.
 *
 * @returns `wasm`, or `plain` where the module was not built or the host has no WebAssembly SIMD: slower, same results
 */
export function loadKernels(): Kernels {
  loaded ??= existsSync(moduleUrl) ? (createWasmKernels(readFileSync(moduleUrl)) ?? plainKernels) : plainKernels;
  return loaded;
}

/**
 * Memory for the bytes of the next file: what `prepareImage` reads from there it need not copy.
 *
 * @returns zeros or old bytes; valid until the next call
 */
export function fileMemory(sizeBytes: number): Uint8Array {
  return loadKernels().fileMemory(sizeBytes);
}
