import { existsSync, readFileSync } from "node:fs";

/** The part of WebAssembly's JavaScript API that is used here; the types of Node 20 leave it out. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: object };
};

/** What kernels/index.ts exports: numbers are addresses, counts, or a status. */
export interface CodecKernels {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  firstFree(): number;
  rleBytes(from: number, end: number, to: number, cells: number): number;
  rleWords(highFrom: number, highEnd: number, lowFrom: number, lowEnd: number, to: number, cells: number): number;
  beginSegments(from: number, end: number): void;
  restart(): number;
  losslessTable(counts: number): void;
  losslessDifferences(columns: number): number;
  losslessFirstRow(to: number, columns: number, first: number): void;
  losslessRow(selection: number, above: number, to: number, columns: number): void;
  shiftUp(samples: number, count: number, bits: number): void;
  lowBytes(samples: number, count: number): void;
  sequentialBegin(
    dcCounts: number,
    acCounts: number,
    zigzag: number,
    quantization: number,
    restartInterval: number,
    precision: number,
  ): void;
  sequentialRow(to: number, columns: number, rows: number): number;
  lsParameters(
    largest: number,
    near: number,
    t1: number,
    t2: number,
    t3: number,
    reset: number,
    range: number,
    wholeBits: number,
    limit: number,
  ): void;
  decodeBlock(
    from: number,
    end: number,
    columns: number,
    rows: number,
    kind: number,
    planes: number,
    passes: number,
  ): void;
  storeBlock16(to: number, line: number): void;
  storeBlock32(to: number, line: number): void;
  storeBlockF32(to: number, line: number, step: number): void;
  reversible16(at: number, line: number, width: number, height: number, oddX: number, oddY: number): void;
  reversible32(at: number, line: number, width: number, height: number, oddX: number, oddY: number): void;
  irreversible(at: number, line: number, width: number, height: number, oddX: number, oddY: number): void;
  finish16(samples: number, count: number, middle: number, low: number, high: number): void;
  finish32(samples: number, count: number, middle: number, low: number, high: number): void;
  finishF32(samples: number, count: number, middle: number, low: number, high: number): void;
  lsBegin(): void;
  lsLine(to: number, columns: number): number;
}

/** Built by `packages/dicom/build.mjs`; at the same depth from `src` and `dist`. */
const moduleUrl = new URL("../../../build/kernels.wasm", import.meta.url);

/** Compiled once, however often an instance is made; undefined where the host cannot run it. */
let compiled: { module: object | undefined } | undefined;
let running: CodecKernels | undefined;

/**
 * The decoders in WebAssembly with SIMD, compiled when first asked for and kept.
 *
 * @returns undefined where the module was not built or the host has no WebAssembly SIMD
 */
export function loadKernels(): CodecKernels | undefined {
  compiled ??= { module: compile() };
  if (compiled.module === undefined) return undefined;
  // The cast: exports carry no types; kernels/index.ts and CodecKernels are kept alike by the tests.
  running ??= new WebAssembly.Instance(compiled.module, {}).exports as CodecKernels;
  return running;
}

/** WebAssembly memory never shrinks: an instance that has grown beyond this goes when its picture is decoded. */
const keptBytes = 64 * 1024 * 1024;

/** To be called when a picture is decoded; a view of it keeps the memory for as long as it is used. */
export function releaseLargeKernels(): void {
  if (running && running.memory.buffer.byteLength > keptBytes) running = undefined;
}

function compile(): object | undefined {
  const bytes = existsSync(moduleUrl) ? readFileSync(moduleUrl) : new Uint8Array();
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}
