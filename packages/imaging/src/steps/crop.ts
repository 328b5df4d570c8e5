import { type Box, type GreyImage, type Size, histogramOf, wholeOf } from "../grey-image.ts";
import type { BrightPixels } from "../kernels/kernels.ts";
import { backgroundLevel } from "./background.ts";
import type { BreastRegion } from "./breast-region.ts";
import { brightRegions, pixelsAbove } from "./bright-regions.ts";
import { otsuThreshold } from "./otsu-threshold.ts";

/**
 * The bounding box of the largest bright region, which in a mammogram is the breast: burnt-in text and markers lie beside
 * it. Equal to OpenCV's Otsu threshold, outer contours, largest contour area, bounding rectangle.
 *
 * @returns the whole image where there is nothing to tell apart; never an empty box
 */
export function breastBox(image: GreyImage<Uint8Array>, histogram = histogramOf(image)): Box {
  const threshold = breastThreshold(histogram);
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
    const area = bright.contourArea(startX, box.y);
    if (largest === undefined || area > largest.area) largest = { box, area };
  }
  return largest?.box;
}

/** The bounding box of a region in an image's pixels, rounded outwards; the whole image where there is no region. */
export function regionBox(region: BreastRegion | undefined, { width, height }: Size): Box {
  if (region === undefined) return { x: 0, y: 0, width, height };
  const { cells } = region;
  let [left, right, top, bottom] = [region.width, 0, region.height, 0];
  for (let y = 0, at = 0; y < region.height; y++)
    for (let x = 0; x < region.width; x++, at++) {
      if (cells[at] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  const [cellWidth, cellHeight] = [width / region.width, height / region.height];
  const [x, y] = [Math.floor(left * cellWidth), Math.floor(top * cellHeight)];
  return { x, y, width: Math.ceil(right * cellWidth) - x, height: Math.ceil(bottom * cellHeight) - y };
}

/** The box, larger by the margin on each side, as far as the image goes. */
export function widened(box: Box, margin: number, { width, height }: Size): Box {
  const x = Math.max(0, box.x - margin);
  const y = Math.max(0, box.y - margin);
  return {
    x,
    y,
    width: Math.min(width, box.x + box.width + margin) - x,
    height: Math.min(height, box.y + box.height + margin) - y,
  };
}

/** Below this share of the frame a crop is more likely a burnt-in text than a breast. */
const suspiciousShare = 0.01;
/** Of what is brighter than air; on drawn breasts 0.02 to 0.03 lies below Otsu's threshold, with implants that cost some of the breast 0.1 and more. */
const suspiciousLoss = 0.1;

/** What is odd about a crop, in a sentence each. */
export function cropWarnings(kept: Box, frame: Size, histogram?: Uint32Array): string[] {
  const share = (kept.width * kept.height) / (frame.width * frame.height);
  if (share === 1) return ["nothing was cropped: no region stands out from the background"];
  const warnings: string[] = [];
  if (share < suspiciousShare) warnings.push(`the crop kept only ${(share * 100).toFixed(2)} % of the frame`);
  const lost = histogram && shareBelowThreshold(histogram);
  if (lost !== undefined && lost > suspiciousLoss)
    warnings.push(
      `the crop may have lost part of the breast: ${Math.round(lost * 100)} % of what is brighter than the background lies below its threshold, as with an implant`,
    );
  return warnings;
}

function shareBelowThreshold(histogram: Uint32Array): number | undefined {
  const background = backgroundLevel(histogram);
  if (background === undefined) return undefined;
  const threshold = otsuThreshold(histogram);
  let [below, above] = [0, 0];
  for (const [level, count] of histogram.entries()) {
    if (level > threshold) above += count;
    else if (level > background) below += count;
  }
  return below / (below + above);
}
