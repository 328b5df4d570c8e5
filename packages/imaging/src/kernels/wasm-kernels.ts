import type { StoredSamples } from "@mammoflow/dicom";
import { type GreyImage, greyImage } from "../grey-image.ts";
import type { FrameKernels, GreyLevels } from "./frame-kernels.ts";
import { plainKernels } from "./plain-kernels.ts";

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of WebAssembly's JavaScript API that is used here; the types of Node 20 leave it out. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: object };
};

/** What kernels/frame.ts exports; numbers are addresses unless they say otherwise. */
interface FrameModule {
  memory: Memory;
  extentU16(from: number, count: number): number;
  extentS16(from: number, count: number): number;
  scaleLine(from: number, count: number, to: number, low: number, factor: number, offset: number): void;
  scaleTable(from: number, count: number, to: number, table: number): void;
  runsAbove(row: number, width: number, threshold: number, to: number): number;
  sumRows(
    from: number,
    stride: number,
    width: number,
    rows: number,
    firstWeight: number,
    lastWeight: number,
    to: number,
  ): void;
}

/** Layout of the module's memory in bytes: counters, a table, one row of runs or sums, the samples, the 8-bit image. */
const countsAt = 1024; // COUNTS in frame.ts
const histograms = 8;
const tableAt = countsAt + histograms * 256 * 4;
const rowAt = tableAt + 0x10000;
const widestRow = 0x10000;
const samplesAt = rowAt + (widestRow + 16) * 4;
const pageBytes = 0x10000;
/** Kernels work in blocks of 16 samples, the last of which may hang over. */
const blockSamples = 16;

/**
 * The kernels in WebAssembly with SIMD, for samples of 16 bits; others, and images that are not theirs, go to
 * `plainKernels`.
 *
 * @returns undefined where the host cannot run the module
 */
export function createWasmKernels(module: Uint8Array): FrameKernels | undefined {
  if (!WebAssembly.validate(module)) return undefined;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), {});
  // The cast: exports carry no types; frame.ts and FrameModule are kept alike by the contract test.
  const kernels = instance.exports as FrameModule;
  const { memory } = kernels;
  let present: StoredSamples | undefined; // in the module's memory, between `extent` and `scale`

  const load = (samples: Uint16Array | Int16Array): { imageAt: number; count: number } => {
    const count = Math.ceil(samples.length / blockSamples) * blockSamples;
    const imageAt = samplesAt + count * 2;
    if (present === samples) return { imageAt, count };
    const missing = imageAt + count + blockSamples - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    const copy = new Uint16Array(memory.buffer, samplesAt, count);
    copy.set(samples);
    copy.fill(samples.at(-1) ?? 0, samples.length);
    present = samples;
    return { imageAt, count };
  };
  const isOwn = (image: GreyImage): boolean => image.pixels.buffer === memory.buffer && image.width <= widestRow;

  return {
    name: "wasm",

    extent(samples) {
      if (!isSixteenBit(samples)) return plainKernels.extent(samples);
      load(samples);
      const isSigned = samples instanceof Int16Array;
      const packed = isSigned
        ? kernels.extentS16(samplesAt, samples.length)
        : kernels.extentU16(samplesAt, samples.length);
      return isSigned
        ? { low: (packed << 16) >> 16, high: packed >> 16 }
        : { low: packed & 0xffff, high: packed >>> 16 };
    },

    scale(samples, levels, columns) {
      if (!isSixteenBit(samples) || levels.table === undefined) return plainKernels.scale(samples, levels, columns);
      const { imageAt, count } = load(samples);
      present = undefined;
      const { low, line } = levels;
      if (line !== undefined && isExact(line, levels))
        kernels.scaleLine(samplesAt, count, imageAt, low, line.factor, line.offset);
      else {
        new Uint8Array(memory.buffer, tableAt, levels.table.length).set(levels.table);
        kernels.scaleTable(samplesAt, count, imageAt, tableAt);
      }
      const histogram = sumOfHistograms(new Uint32Array(memory.buffer, countsAt, histograms * 256));
      const pixels = new Uint8Array(memory.buffer, imageAt, samples.length);
      const overhang = levels.table[(samples.at(-1) ?? 0) & 0xffff] ?? 0; // the block's rest repeats the last sample
      histogram[overhang] = (histogram[overhang] ?? 0) - (count - samples.length);
      return { image: greyImage(pixels, columns, samples.length / columns), histogram };
    },

    runsAbove(image, y, threshold) {
      if (!isOwn(image)) return plainKernels.runsAbove(image, y, threshold);
      const changes = kernels.runsAbove(address(image, y), image.width, threshold, rowAt);
      return new Uint32Array(memory.buffer, rowAt, changes);
    },

    sumRows(image, rows) {
      if (!isOwn(image)) return plainKernels.sumRows(image, rows);
      const { first, end, firstWeight, lastWeight } = rows;
      kernels.sumRows(address(image, first), image.stride, image.width, end - first, firstWeight, lastWeight, rowAt);
      return new Float32Array(memory.buffer, rowAt, image.width);
    },
  };
}

/** The address of a row of an image that lies in the module's memory. */
function address(image: GreyImage, y: number): number {
  return image.pixels.byteOffset + image.offset + y * image.stride;
}

function isSixteenBit(samples: StoredSamples): samples is Uint16Array | Int16Array {
  return samples instanceof Uint16Array || samples instanceof Int16Array;
}

/** Whether the line, in the kernel's single precision, gives the table's level for every value that occurs. */
function isExact(line: { factor: number; offset: number }, { table, low, high }: GreyLevels): boolean {
  const { fround } = Math;
  const factor = fround(line.factor);
  const offset = fround(line.offset);
  for (let stored = low; stored <= high; stored++) {
    const level = Math.trunc(fround(fround((stored - low) * factor) + offset));
    if ((level < 0 ? 0 : level > 255 ? 255 : level) !== table?.[stored & 0xffff]) return false;
  }
  return true;
}

function sumOfHistograms(counts: Uint32Array): Uint32Array {
  const sum = new Uint32Array(256);
  for (let index = 0; index < counts.length; index++)
    sum[index & 0xff] = (sum[index & 0xff] ?? 0) + (counts[index] ?? 0);
  return sum;
}
