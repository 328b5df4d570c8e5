import { chance, pick } from "../dice.ts";
import { encapsulatedOf, withEncapsulated } from "../fragments.ts";
import { withHeaderSize } from "./header.ts";
import { withCodestreamSize } from "./jpeg-2000.ts";
import { withJpegSize } from "./jpeg.ts";
import type { Mutator } from "./mutator.ts";

/** Rows and columns. The last ones are near the most that is accepted, or above it. */
const small: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 42],
  [1, 1],
  [1, 42],
  [37, 1],
  [1, 1000],
  [1000, 1],
  [7, 5],
  [38, 43],
  [64, 64],
  [300, 300],
];
const large: readonly (readonly [number, number])[] = [
  [6928, 6928],
  [6929, 7264],
  [65_535, 65_535],
  [1, 65_535],
  [65_535, 1],
  [65_535, 768],
  [768, 65_535],
  [4096, 4096],
];

/** Another size, told alike by header and stream, so that the decoder is asked for it. */
export const declareSize: Mutator = (file, random) => {
  const [rows, columns] = pick(random, chance(random, 0.03) ? large : small);
  const pixels = encapsulatedOf(file);
  const how = `${rows} rows, ${columns} columns`;
  if (pixels === undefined) return { bytes: withHeaderSize(file, rows, columns), how };
  const fragments = pixels.fragments.map((stream) =>
    withCodestreamSize(withJpegSize(stream, rows, columns), rows, columns),
  );
  const bytes = withHeaderSize(withEncapsulated(file, { ...pixels, fragments }), rows, columns);
  return { bytes, how: `${how}, in the stream too` };
};
