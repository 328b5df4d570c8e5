import { eightBitImage, greyImage } from "./grey-image.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { breastRegion, gridSize } from "./steps/breast-region.ts";
import { resizeArea } from "./steps/resize.ts";

/**
 * Where the breast is in a prepared image.
 *
 * @param pixels uint8 `[size, size]`
 * @returns 1 inside, 0 outside, `[size, size]`; all inside where no background can be told from it
 */
export function breastMask(pixels: Uint8Array, sizePx: number): Uint8Array {
  const mask = new Uint8Array(sizePx * sizePx).fill(1);
  const image = greyImage(pixels, sizePx, sizePx);
  const grid = gridSize(image);
  const region = breastRegion(eightBitImage(resizeArea(image, grid.width, grid.height, loadKernels())));
  if (region === undefined) return mask;
  for (let y = 0, at = 0; y < sizePx; y++) {
    const row = Math.floor(((y + 0.5) * region.height) / sizePx) * region.width;
    for (let x = 0; x < sizePx; x++, at++)
      mask[at] = region.cells[row + Math.floor(((x + 0.5) * region.width) / sizePx)] ?? 0;
  }
  return mask;
}
