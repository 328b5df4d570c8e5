import { type Box, type GreyImage, blackPixels, greyImage, rowOf } from "../grey-image.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { ResizeStep } from "../recipe.ts";
import type { Side } from "./chest-wall.ts";
import { resizeArea } from "./resize.ts";

/**
 * Resizes by area with the aspect ratio kept: as large as fits, at the chest wall's side and at the top, so that breasts of
 * all sizes begin at the same place; the rest is black.
 *
 * @returns the padded image, and where in it the image lies
 */
export function resizePadded(
  image: GreyImage,
  { widthPx, heightPx }: Pick<ResizeStep, "widthPx" | "heightPx">,
  chestWall: Side,
  kernels: Kernels,
): { image: GreyImage; contentBox: Box } {
  const scale = Math.min(widthPx / image.width, heightPx / image.height);
  const width = Math.min(widthPx, Math.max(1, Math.round(image.width * scale)));
  const height = Math.min(heightPx, Math.max(1, Math.round(image.height * scale)));
  const content = resizeArea(image, width, height, kernels);
  const x = chestWall === "left" ? 0 : widthPx - width;
  const pixels = blackPixels(content.pixels, widthPx * heightPx);
  for (let y = 0; y < height; y++) pixels.set(rowOf(content, y), y * widthPx + x);
  return { image: greyImage(pixels, widthPx, heightPx), contentBox: { x, y: 0, width, height } };
}
