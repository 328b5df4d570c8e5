import type { GreyImage } from "../grey-image.ts";

/** Grey levels a pixel. */
const leastGradient = 16;

/**
 * Per cent of the pixels in a mask where brightness changes fast (Sobel's operator; beyond the border the nearest pixel
 * stands).
 *
 * @param mask 1 inside, `[height, width]`; not empty
 */
export function edgeShare({ pixels, offset, stride, width, height }: GreyImage<Uint8Array>, mask: Uint8Array): number {
  let [edges, total] = [0, 0];
  for (let y = 0; y < height; y++) {
    const row = offset + y * stride;
    const above = y > 0 ? -stride : 0;
    const below = y < height - 1 ? stride : 0;
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] !== 1) continue;
      total++;
      const at = row + x;
      const left = x > 0 ? at - 1 : at;
      const right = x < width - 1 ? at + 1 : at;
      const upperLeft = pixels[left + above] ?? 0;
      const upperRight = pixels[right + above] ?? 0;
      const lowerLeft = pixels[left + below] ?? 0;
      const lowerRight = pixels[right + below] ?? 0;
      const across = upperRight + lowerRight - upperLeft - lowerLeft + 2 * ((pixels[right] ?? 0) - (pixels[left] ?? 0));
      const along =
        lowerLeft + lowerRight - upperLeft - upperRight + 2 * ((pixels[at + below] ?? 0) - (pixels[at + above] ?? 0));
      // The operator's weights sum to 8 for a change of 1 a pixel.
      if (across * across + along * along > (8 * leastGradient) ** 2) edges++;
    }
  }
  return (100 * edges) / total;
}
