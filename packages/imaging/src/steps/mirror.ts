import { type GreyImage, rowOf } from "../grey-image.ts";
import type { BreastRegion } from "./breast-region.ts";

/** Exchanges left and right, in place. */
export function mirrorImage(image: GreyImage): void {
  for (let y = 0; y < image.height; y++) rowOf(image, y).reverse();
}

/** The region of an image that was mirrored. */
export function mirroredRegion({ cells, width, height }: BreastRegion): BreastRegion {
  const mirrored = cells.slice();
  for (let y = 0; y < height; y++) mirrored.subarray(y * width, (y + 1) * width).reverse();
  return { cells: mirrored, width, height };
}
