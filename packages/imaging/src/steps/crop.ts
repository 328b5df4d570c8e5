import { type Box, type GreyImage, histogramOf, wholeOf } from "../grey-image.ts";
import type { BrightPixels } from "../kernels/kernels.ts";
import { brightRegions, pixelsAbove } from "./bright-regions.ts";
import { contourArea } from "./contour-area.ts";
import { otsuThreshold } from "./otsu-threshold.ts";

/**
 * The bounding box of the largest bright region, which in a mammogram is the breast: burnt-in text and markers lie beside
 * it. Equal to OpenCV's Otsu threshold, outer contours, largest contour area, bounding rectangle.
 *
 * @returns the whole image where there is nothing to tell apart; never an empty box
 */
export function breastBox(image: GreyImage): Box {
  const threshold = breastThreshold(histogramOf(image));
  const box = threshold === undefined ? undefined : largestBrightBox(pixelsAbove(image, threshold));
  return box ?? wholeOf(image);
}

/** Otsu's threshold; undefined where there is nothing to tell apart. */
export function breastThreshold(histogram: Uint32Array): number | undefined {
  const levels = histogram.reduce((count, pixels) => count + (pixels > 0 ? 1 : 0), 0);
  return levels < 2 ? undefined : otsuThreshold(histogram);
}

/** The box of the region with the largest outer contour; undefined where nothing is bright. */
export function largestBrightBox(bright: BrightPixels): Box | undefined {
  let largest: { box: Box; area: number } | undefined;
  // OpenCV lists contours from the last found to the first, and of equal areas the first listed is taken.
  for (const { box, startX } of brightRegions(bright).toReversed()) {
    const mostPossible = (box.width - 1) * (box.height - 1);
    if (largest !== undefined && mostPossible <= largest.area) continue;
    const area = contourArea(bright, startX, box.y);
    if (largest === undefined || area > largest.area) largest = { box, area };
  }
  return largest?.box;
}
