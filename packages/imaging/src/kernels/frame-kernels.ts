import type { StoredSamples } from "@mammoflow/dicom";
import type { GreyImage } from "../grey-image.ts";

/** Grey levels for stored values, truncated to 8 bit. */
export interface GreyLevels {
  levelOf: (stored: number) => number;
  /** The values that occur; nothing is asked about others. */
  low: number;
  high: number;
  /** For values of at most 16 bits `levelOf` as a table: index is the value's lower 16 bits. */
  table?: Uint8Array;
  /** A line that may be equal to `levelOf`: clamp(trunc((stored - low) * factor + offset)) to 0..255. */
  line?: { factor: number; offset: number };
}

/** Consecutive rows, all of weight 1 but for the first and the last. */
interface WeightedRows {
  first: number;
  /** Behind the last. */
  end: number;
  firstWeight: number;
  lastWeight: number;
}

/**
 * The passes over a frame of full size, which take nearly all of the time.
 *
 * Two implementations give the same results to the bit: `plain` in TypeScript, and `wasm` with SIMD. What they return lives
 * in memory that the next call of the same function takes back; nothing of it may be kept across an `await`.
 */
export interface FrameKernels {
  name: "plain" | "wasm";
  /** The smallest and the largest value. */
  extent(samples: StoredSamples): { low: number; high: number };
  /** The 8-bit image, `[rows, columns]`, and how often each level occurs, `Uint32Array, [256]`. */
  scale(samples: StoredSamples, levels: GreyLevels, columns: number): { image: GreyImage; histogram: Uint32Array };
  /** The runs of pixels above a threshold in row `y`: pairs of first column and column behind the last. */
  runsAbove(image: GreyImage, y: number, threshold: number): Uint32Array;
  /** For each column the weighted sum of some rows, `Float32Array, [width]`, single precision. */
  sumRows(image: GreyImage, rows: WeightedRows): Float32Array;
}
