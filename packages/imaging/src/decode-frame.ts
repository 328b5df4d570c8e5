import type { StoredSamples } from "@mammoflow/dicom";
import type { ImageSource } from "./image-source.ts";
import type { FrameInMemory, Kernels } from "./kernels/kernels.ts";

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
  const { samples, columns, bitsStored, isSigned, warnings } = await image.decode({ unusedBits: "unchecked" });
  const { values, storedOf } = inSixteenBits(samples);
  const count = (stored: Uint16Array | Int16Array): StoredFrame => ({
    ...countFrame(stored, columns, kernels),
    storedOf,
    warnings,
  });
  const frame = count(values);
  if (isSigned || frame.high < 2 ** bitsStored || bitsStored > 16) return frame;
  // Not decoded again: the frame may lie where the file's bytes were.
  const mask = 2 ** bitsStored - 1;
  return count(values.map((value) => value & mask));
}

function countFrame(
  values: Uint16Array | Int16Array,
  columns: number,
  kernels: Kernels,
): Pick<StoredFrame, "memory" | "counts" | "low" | "high"> {
  const memory = kernels.frame(values, columns);
  const counts = memory.counts();
  const isSigned = values instanceof Int16Array;
  let low = isSigned ? -0x8000 : 0;
  let high = low + 0xffff;
  while (counts[low & 0xffff] === 0) low++;
  while (counts[high & 0xffff] === 0) high--;
  return { memory, counts, low, high };
}

/** Values of 32 bits that span more than 16 are thinned to what 16 bits can tell apart; no mammogram has such. */
function inSixteenBits(samples: StoredSamples): {
  values: Uint16Array | Int16Array;
  storedOf: (value: number) => number;
} {
  const storedOf = (value: number): number => value;
  if (samples instanceof Uint16Array || samples instanceof Int16Array) return { values: samples, storedOf };
  if (samples instanceof Uint8Array) return { values: Uint16Array.from(samples), storedOf };
  if (samples instanceof Int8Array) return { values: Int16Array.from(samples), storedOf };
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
