import type { Box, GreyImage } from "../grey-image.ts";
import type { FrameKernels } from "../kernels/frame-kernels.ts";
import { brightRegions } from "./bright-regions.ts";
import { contourArea } from "./contour-area.ts";
import { otsuThreshold } from "./otsu-threshold.ts";

/**
 * The bounding box of the largest bright region, which in a mammogram is the breast: burnt-in text and markers lie beside
 * it. Equal to OpenCV's Otsu threshold, outer contours, largest contour area, bounding rectangle.
 *
 * @returns the whole image where there is nothing to tell apart; never an empty box
 */
export function breastBox(image: GreyImage, histogram: Uint32Array, kernels: FrameKernels): Box {
  const whole: Box = { x: 0, y: 0, width: image.width, height: image.height };
  const levels = histogram.reduce((count, pixels) => count + (pixels > 0 ? 1 : 0), 0);
  if (levels < 2) return whole;
  const threshold = otsuThreshold(histogram);
  const regions = brightRegions(image, threshold, kernels);

  let largest: { box: Box; area: number } | undefined;
  // OpenCV lists contours from the last found to the first, and of equal areas the first listed is taken.
  for (const { box, startX } of regions.toReversed()) {
    const mostPossible = (box.width - 1) * (box.height - 1);
    if (largest !== undefined && mostPossible <= largest.area) continue;
    const area = contourArea(image, threshold, startX, box.y);
    if (largest === undefined || area > largest.area) largest = { box, area };
  }
  return largest?.box ?? whole;
}
