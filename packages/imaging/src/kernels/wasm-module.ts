import { memoryPages } from "./wasm-memory.ts";

/** The part of WebAssembly's JavaScript API that is used here; the types of Node 20 leave it out. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: object };
  Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer };
};

/** What kernels/ exports, which says what each does. Numbers are addresses, or what their names say. */
export interface KernelExports {
  countValues(frame: number, count: number): void;
  runsWithin(frame: number, y: number, width: number, low: number, span: number, to: number): number;
  doubleContourArea(
    frame: number,
    width: number,
    height: number,
    low: number,
    span: number,
    startX: number,
    startY: number,
  ): number;
  cutLine(
    frame: number,
    columns: number,
    place: number,
    width: number,
    height: number,
    to: number,
    low: number,
    factor: number,
    offset: number,
  ): void;
  cutTable8: CutTable;
  cutTable16: CutTable;
  sumRows8: SumRows;
  sumRows16: SumRows;
  averageColumns(
    sums: number,
    spans: number,
    count: number,
    rowArea: number,
    halvesUp: number,
    most: number,
    pixelBytes: number,
    to: number,
  ): void;
  enlargeRow8(row: number, befores: number, weights: number, count: number, to: number): void;
  enlargeRow16(row: number, befores: number, behinds: number, weights: number, count: number, to: number): void;
  mixRows8: MixRows;
  mixRows16: MixRows;
  countTiles8: CountTiles;
  countTiles16: CountTiles;
  joinMapRow(upper: number, lower: number, tiles: number, to: number): void;
  blendRow8(row: number, width: number, maps: number, ends: number, rights: number, below: number, to: number): void;
  blendRow16(
    row: number,
    width: number,
    befores: number,
    behinds: number,
    rights: number,
    upper: number,
    lower: number,
    below: number,
    to: number,
  ): void;
  filterRow(row: number, above: number, bytes: number, pixelBytes: number, to: number): void;
  swapRow(from: number, pixels: number, to: number): void;
  adler32(from: number, count: number, sum: number): number;
  countSymbols(from: number, count: number, lengths: number, counts: number): void;
  clearBits(): void;
  writeBits(bits: number, count: number, to: number): number;
  writeSymbols(from: number, count: number, lengths: number, codes: number, to: number): number;
}

type CutTable = (from: number, strideBytes: number, width: number, height: number, to: number, table: number) => void;
type SumRows = (
  from: number,
  strideBytes: number,
  width: number,
  rows: number,
  firstWeight: number,
  lastWeight: number,
  to: number,
) => void;

type CountTiles = (
  rows: number,
  tileHeight: number,
  columns: number,
  tileWidth: number,
  tiles: number,
  to: number,
) => void;
type MixRows = (upper: number, lower: number, weight: number, count: number, to: number) => void;

/** @returns undefined where the host cannot run the module */
export function instantiate(module: Uint8Array): { kernels: KernelExports; memory: ArrayBuffer } | undefined {
  if (!WebAssembly.validate(module)) return undefined;
  const memory = new WebAssembly.Memory({ initial: memoryPages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory } });
  // The cast: exports carry no types; kernels/ and this interface are kept alike by the contract test.
  return { kernels: instance.exports as KernelExports, memory: memory.buffer };
}
