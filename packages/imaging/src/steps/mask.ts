import { type GreyImage, rowOf } from "../grey-image.ts";
import type { BreastRegion } from "./breast-region.ts";

/** Blackens, in place, what lies outside the breast. */
export function maskOutside(image: GreyImage, region: BreastRegion): void {
  const starts = Uint32Array.from({ length: region.width + 1 }, (_, cell) =>
    Math.ceil((cell * image.width) / region.width),
  );
  for (let y = 0; y < image.height; y++) {
    const row = rowOf(image, y);
    const cells = Math.floor((y * region.height) / image.height) * region.width;
    for (let cell = 0; cell < region.width; cell++)
      if (region.cells[cells + cell] === 0) row.fill(0, starts[cell], starts[cell + 1]);
  }
}
