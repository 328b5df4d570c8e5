import type { Box, GreyImage, GreyPixels } from "../grey-image.ts";
import type { Blend } from "../steps/enlarge-linear.ts";
import type { Areas } from "../steps/resize.ts";

/** Values from `low` on, `span` + 1 of them, modulo 65,536. */
export interface Interval {
  low: number;
  span: number;
}

/** Grey levels for stored values; the table's element type decides whether an image has 8 or 16 bits. */
export interface GreyLevels {
  /** Level by the value's lower 16 bits, `[65536]`. */
  table: Uint8Array | Uint16Array;
  /** The smallest and the largest value that occur. */
  low: number;
  high: number;
  /** For 8 bits a line that may be equal to the table: clamp(round((value - low) * factor + offset)). */
  line?: { factor: number; offset: number };
}

/** The pixels of an image that count as bright. */
export interface BrightPixels {
  width: number;
  height: number;
  /** Finds the runs in row `y`, and says how many numbers `columns` then begins with. */
  runs(y: number): number;
  /** Pairs of a run's first column and the column behind its last, of the row asked for last. */
  columns: Uint32Array;
  /** `contourArea` of the region whose first pixel in reading order is at (x, y). */
  contourArea(x: number, y: number): number;
}

export type FrameValues = Uint8Array | Int8Array | Uint16Array | Int16Array;

/** A full-size frame of stored values in the kernels' memory. */
export interface FrameInMemory {
  columns: number;
  rows: number;
  /** How often each value occurs, by its lower 16 bits, `Uint32Array, [65536]`. */
  counts(): Uint32Array;
  /** The pixels whose values are of an interval. */
  within(interval: Interval): BrightPixels;
  /** The grey levels of a rectangle. They may take the frame's place: nothing can be asked of it afterwards. */
  cut(box: Box, levels: GreyLevels): GreyImage;
  /** The mean levels, of 8 bits, of areas of the whole frame, which stays as it is. */
  overview(levels: GreyLevels, areas: Areas): GreyImage<Uint8Array>;
}

/** For each coordinate the tile before it and the tile behind it, and the weight of the latter. */
export interface TilePositions {
  before: Uint32Array;
  behind: Uint32Array;
  weight: Float32Array;
}

/** Tiles of one size over an image that is mirrored at its right and lower border. */
interface TileGrid {
  tilesX: number;
  tilesY: number;
  tileWidth: number;
  tileHeight: number;
  /** The image's column of each column of the tiles, and the same for rows. */
  columns: Uint32Array;
  rows: Uint32Array;
}

/** A PNG's filtered rows on their way into a deflate stream, some rows at a time. */
export interface PngStream {
  /** Takes rows `from` up to, not with, `to`, and filters them. */
  filter(from: number, to: number): void;
  /** How often each literal or length symbol occurs in the rows taken, `Uint32Array, [286]`. */
  countSymbols(): Uint32Array;
  /**
   * Appends bits, each `[bits, how many]`, lowest first, then the rows taken and an end of block in a code: for each symbol
   * the code, first bit lowest, | length << 16.
   *
   * @returns the bytes that became whole, valid until the next call
   */
  write(head: [number, number][], codes: Uint32Array): Uint8Array;
  /** @returns the last byte, filled with zeros; empty where there is none */
  finish(): Uint8Array;
  /** Adler-32 of everything filtered. */
  adler32(): number;
}

/**
 * The passes over many pixels, which take nearly all of the time.
 *
 * Two implementations give the same results to the bit: `plain` in TypeScript, which says what each does, and `wasm` with
 * SIMD. What `wasm` returns may live in its memory: nothing of it may be used after the next call of `fileMemory` or `frame`.
 */
export interface Kernels {
  name: "plain" | "wasm";
  /** Memory for the bytes of a file. A frame of 16 bits that lies in it is used where it is. */
  fileMemory(sizeBytes: number): Uint8Array;
  /** Gives back the memory that `work` has taken, so nothing that lies in it may leave. For images that came by no frame. */
  scratch<Result>(work: () => Result): Result;
  /** @param values `[rows, columns]` */
  frame(values: FrameValues, columns: number): FrameInMemory;
  /** The mean of each area, rounded. */
  average(image: GreyImage, areas: Areas): GreyImage;
  /** Each pixel between four: along rows first. */
  enlarge(image: GreyImage, columns: Blend[], rows: Blend[]): GreyImage;
  /** Histograms of the tiles, row by row, `Uint32Array, [tilesY * tilesX * levels]`. */
  countTiles(image: GreyImage, grid: TileGrid): Uint32Array;
  /** Levels through the maps of the tiles around each pixel, blended in single precision. May take the image's place. */
  blendTiles(
    image: GreyImage,
    maps: GreyPixels,
    tiles: { x: TilePositions; y: TilePositions; tilesX: number },
  ): GreyImage;
  png(image: GreyImage): PngStream;
}
