import type { Pixels, StoredSamples } from "@mammoflow/dicom";
import { collectGarbage } from "@mammoflow/runtime";
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

/** Of a frame as large as this, the decoder's memory is given back before the steps take theirs. */
const largePixels = 16 * 2 ** 20;

/**
 * Decodes the first frame. Unused bits are cleared only where there are any, which the counts tell: they are needed anyway,
 * and a kernel finds them faster than a look at every cell.
 *
 * @throws DicomError or ImageError when the frame cannot be decoded
 */
export async function decodeFrame(image: ImageSource, kernels: Kernels): Promise<StoredFrame> {
  const { frame, isDecoded } = await decodeIntoMemory(image, kernels);
  if (isDecoded && image.rows * image.columns > largePixels) await collectGarbage();
  return frame;
}

/** A function of its own, so that nothing of the decoder's is held when it has ended. */
async function decodeIntoMemory(
  image: ImageSource,
  kernels: Kernels,
): Promise<{ frame: StoredFrame; isDecoded: boolean }> {
  const pixels = await image.decode({ unusedBits: "unchecked" });
  const { samples, bitsStored, isSigned } = pixels;
  let frame = countFrame(pixels, kernels);
  if (!isSigned && frame.high >= 2 ** bitsStored && bitsStored <= 16) {
    // Not decoded again: the frame may lie where the file's bytes were.
    const mask = 2 ** bitsStored - 1;
    frame = countFrame({ ...pixels, samples: samples.map((value) => value & mask) }, kernels);
  }
  const isDecoded = samples.buffer !== frame.counts.buffer; // else it lies where it was read
  return { frame, isDecoded };
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
