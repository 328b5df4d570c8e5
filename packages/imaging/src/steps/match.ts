import { type GreyImage, eightBitImage, greyImage, histogramOf, packedPixels, whiteLevel } from "../grey-image.ts";
import { roundHalfEven } from "./round-half-even.ts";

/** Of 8 bits to 16: white is white. */
const levelsPerLevel = 257;

/**
 * What `matchHistogram` needs to know of a reference image: how many pixels above 0 have each of 256 levels. Those at 0 are
 * background or padding.
 */
export function matchReference(image: GreyImage): number[] {
  const counts = Array.from(histogramOf(eightBitImage(image)));
  const black = histogramOf(image)[0] ?? 0;
  counts[0] = (counts[0] ?? 0) - black;
  return counts;
}

/**
 * Grey levels such that the pixels above 0 are distributed as the reference's: each level becomes the one that as large a
 * share of the reference's pixels does not exceed, interpolated between the levels that occur there. Pixels at 0 stay, since
 * how much background an image shows says nothing about its breast. R. Gonzalez, R. Woods, "Digital image processing",
 * histogram specification; for 8 bits equal to scikit-image's `match_histograms` over the pixels above 0, rounded.
 */
export function matchHistogram(image: GreyImage, reference: number[]): GreyImage {
  const matched = packedPixels(image);
  const counts = histogramOf(image);
  const total = matched.length - (counts[0] ?? 0);
  const { levels, shares } = referenceQuantiles(reference, whiteLevel(matched));
  const matchOf = new Uint16Array(counts.length);
  let reached = 0;
  let behind = 0; // the first of the reference's levels whose share is not below the image's
  for (let level = 1; level < counts.length; level++) {
    reached += counts[level] ?? 0;
    const share = reached / Math.max(total, 1);
    while (behind < shares.length - 1 && (shares[behind] ?? 1) < share) behind++;
    const [high = 0, upTo = 1] = [levels[behind], shares[behind]];
    const [low = high, from = 0] = [levels[behind - 1], shares[behind - 1]];
    matchOf[level] = roundHalfEven(low + (high - low) * Math.min((share - from) / (upTo - from), 1));
  }
  for (const [index, level] of matched.entries()) matched[index] = matchOf[level] ?? 0;
  return greyImage(matched, image.width, image.height);
}

/** The levels that occur in the reference, rising, and the share of pixels up to each. */
interface Quantiles {
  levels: number[];
  shares: number[];
}

function referenceQuantiles(reference: number[], white: number): Quantiles {
  const total = reference.reduce((sum, count) => sum + count, 0);
  const quantiles: Quantiles = { levels: [], shares: [] };
  let reached = 0;
  for (const [level, count] of reference.entries()) {
    if (count === 0) continue;
    reached += count;
    // Of 16 bits, a level of 256 stands for 257 of them, and the share is reached at the last.
    quantiles.levels.push(white === 0xff ? level : Math.min(white, level * levelsPerLevel + levelsPerLevel - 1));
    quantiles.shares.push(reached / total);
  }
  return quantiles;
}
