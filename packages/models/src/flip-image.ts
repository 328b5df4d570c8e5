import type { FlipVariant } from "./features.ts";

/**
 * Writes a square grey image, turned, at the start of a target.
 *
 * @param pixels `[size, size]`
 */
export function flipImage(
  pixels: Uint8Array,
  sizePx: number,
  variant: FlipVariant,
  target: Uint8Array | Float32Array,
): void {
  const [isMirrored, isUpsideDown] = [variant.includes("h"), variant.includes("v")];
  for (let y = 0; y < sizePx; y++) {
    const from = (isUpsideDown ? sizePx - 1 - y : y) * sizePx;
    target.set(pixels.subarray(from, from + sizePx), y * sizePx);
    if (isMirrored) target.subarray(y * sizePx, (y + 1) * sizePx).reverse();
  }
}
