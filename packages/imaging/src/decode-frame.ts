import type { Pixels, StoredSamples } from "@mammoflow/dicom";
import type { ImageSource } from "./image-source.ts";
import type { FrameInMemory, FrameValues, Kernels } from "./kernels/kernels.ts";

/** The stored values of a frame in 16 bits, in the kernels' memory, and how often each occurs. */
export interface StoredFrame {
  memory: FrameInMemory;
  /** By a value's lower 16 bits, `[65536]`. */
  counts: Uint32Array;
  /** The smallest and the largest value. */
  low: number;
  high: number;
  /** The stored value in the file that a value stands for; the value itself, but for files of 32 bits. */
  storedOf: (value: number) => number;
  /** What was odd about the frame and could be decoded all the same. */
  warnings: string[];
}

/**
 * Decodes the first frame. Unused bits are cleared only where there are any, which the counts tell: they are needed anyway,
 * and a kernel finds them faster than a look at every cell.
 *
 * @throws DicomError or ImageError when the frame cannot be decoded
 */
export async function decodeFrame(image: ImageSource, kernels: Kernels): Promise<StoredFrame> {
  const pixels = await image.decode({ unusedBits: "unchecked" });
  const frame = countFrame(pixels, kernels);
  if (pixels.isSigned || frame.high < 2 ** pixels.bitsStored || pixels.bitsStored > 16) return frame;
  // Not decoded again: the frame may lie where the file's bytes were.
  const mask = 2 ** pixels.bitsStored - 1;
  return countFrame({ ...pixels, samples: pixels.samples.map((value) => value & mask) }, kernels);
}

/** The frame in the kernels' memory: where its samples are already, should they lie there, else a copy. */
export function countFrame({ samples, columns, warnings }: Pixels, kernels: Kernels): StoredFrame {
  const { values, storedOf } = inSixteenBits(samples);
  const memory = kernels.frame(values, columns);
  const counts = memory.counts();
  const isSigned = values instanceof Int8Array || values instanceof Int16Array;
  let low = isSigned ? -0x8000 : 0;
  let high = low + 0xffff;
  while (counts[low & 0xffff] === 0) low++;
  while (counts[high & 0xffff] === 0) high--;
  return { memory, counts, low, high, storedOf, warnings };
}

/** Values of 32 bits that span more than 16 are thinned to what 16 bits can tell apart; no mammogram has such. */
function inSixteenBits(samples: StoredSamples): { values: FrameValues; storedOf: (value: number) => number } {
  if (!(samples instanceof Uint32Array || samples instanceof Int32Array))
    return { values: samples, storedOf: (value) => value };
  let low = Infinity;
  let high = -Infinity;
  for (const sample of samples) {
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  const step = Math.max(1, (high - low) / 0xffff);
  const values = Uint16Array.from(samples as ArrayLike<number>, (sample) => Math.round((sample - low) / step));
  return { values, storedOf: (value) => low + value * step };
}
