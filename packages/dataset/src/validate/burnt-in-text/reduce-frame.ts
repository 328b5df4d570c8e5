import type { DicomImage, Pixels } from "@mammoflow/dicom";

/** A frame small enough to look at in milliseconds, bright parts bright. */
export interface ReducedFrame {
  /** `Uint8Array, [height, width]`: 0 is the darkest, 255 the brightest block but for the few brightest. */
  levels: Uint8Array;
  width: number;
  height: number;
}

const longestSide = 1000;
/** This share of the brightest blocks is cut off, so that a few defective pixels do not make all else dark. */
const cutShare = 1e-4;
const cutSteps = 1024;

/**
 * Takes the brightest sample of each square block and stretches what comes out to 8 bit. Padding counts as dark. Of each
 * block every second row and column is looked at: strokes of two pixels in a full-size mammogram survive.
 */
export function reduceFrame(
  { samples, rows, columns }: Pixels,
  { isInverted, padding }: { isInverted: boolean; padding?: DicomImage["padding"] },
): ReducedFrame {
  const side = Math.max(1, Math.ceil(Math.max(rows, columns) / longestSide));
  const step = Math.max(1, Math.floor(side / 2));
  const width = Math.ceil(columns / side);
  const height = Math.ceil(rows / side);
  const sign = isInverted ? -1 : 1;
  const { low, high } = padding ?? { low: Infinity, high: -Infinity };
  const blocks = new Float64Array(width * height).fill(-Infinity);
  const blockOf = Uint32Array.from({ length: columns }, (_, x) => Math.floor(x / side));
  for (let y = 0; y < rows; y += step) {
    const start = Math.floor(y / side) * width;
    for (let x = 0; x < columns; x += step) {
      const stored = samples[y * columns + x] ?? 0;
      const brightness = sign * stored;
      const at = start + (blockOf[x] ?? 0);
      if (brightness > (blocks[at] ?? 0) && !(stored >= low && stored <= high)) blocks[at] = brightness;
    }
  }
  return { levels: toLevels(blocks), width, height };
}

/** Blocks of padding alone are minus infinity. */
function toLevels(blocks: Float64Array): Uint8Array {
  let low = Infinity;
  let high = -Infinity;
  for (const value of blocks) {
    if (value > high) high = value;
    if (value < low && value !== -Infinity) low = value;
  }
  const top = brightestButFew(blocks, low, high);
  const factor = top > low ? 255 / (top - low) : 0;
  const levels = new Uint8ClampedArray(blocks.length);
  for (let at = 0; at < blocks.length; at++)
    levels[at] = blocks[at] === -Infinity ? 0 : ((blocks[at] ?? 0) - low) * factor;
  return new Uint8Array(levels.buffer);
}

function brightestButFew(blocks: Float64Array, low: number, high: number): number {
  const step = Math.max(high - low, 1e-9) / cutSteps;
  const counts = new Uint32Array(cutSteps + 1);
  for (const value of blocks) {
    const at = value === -Infinity ? 0 : Math.floor((value - low) / step);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  let above = 0;
  let at = cutSteps;
  for (; at > 0; at--) {
    above += counts[at] ?? 0;
    if (above > cutShare * blocks.length) break;
  }
  return Math.min(high, low + (at + 1) * step);
}
