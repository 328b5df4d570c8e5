import { breastInPrepared } from "./breast-in-prepared.ts";
import { greyImage } from "./grey-image.ts";

/**
 * Where the breast is in a prepared image.
 *
 * @param pixels uint8 `[size, size]`
 * @returns 1 inside, 0 outside, `[size, size]`; all inside where no background can be told from it
 */
export function breastMask(pixels: Uint8Array, sizePx: number): Uint8Array {
  const mask = new Uint8Array(sizePx * sizePx).fill(1);
  const region = breastInPrepared(greyImage(pixels, sizePx, sizePx));
  if (region === undefined) return mask;
  for (let y = 0, at = 0; y < sizePx; y++) {
    const row = Math.floor(((y + 0.5) * region.height) / sizePx) * region.width;
    for (let x = 0; x < sizePx; x++, at++)
      mask[at] = region.cells[row + Math.floor(((x + 0.5) * region.width) / sizePx)] ?? 0;
  }
  return mask;
}
