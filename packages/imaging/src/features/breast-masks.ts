import { breastInPrepared } from "../breast-in-prepared.ts";
import type { Geometry } from "../geometry.ts";
import { type GreyImage, greyImage, rowOf } from "../grey-image.ts";
import { type BreastRegion, dilated } from "../steps/breast-region.ts";
import { type Side, tallerSide } from "../steps/chest-wall.ts";
import { runsOutside } from "../steps/mask.ts";

/** Of the longer side: what the search for the breast adds to it, and the rim along the skin that is no tissue. */
const addedShare = 0.008;
const rimShare = 0.02;

/** Where breast and tissue are: 1 inside, 0 outside, `[height, width]`. */
export interface BreastMasks {
  breast: Uint8Array;
  tissue: Uint8Array;
  chestWall: Side;
}

/**
 * Finds the breast in a prepared image. Where no background stands out from it, it is all that is no padding.
 */
export function breastMasks(image: GreyImage<Uint8Array>, { contentBox }: Geometry): BreastMasks {
  const { width, height } = image;
  const longer = Math.max(width, height);
  const region = breastInPrepared(image);
  const found = greyImage(new Uint8Array(width * height).fill(1), width, height);
  if (region !== undefined)
    for (const { y, start, end } of runsOutside(region, image)) rowOf(found, y).fill(0, start, end);
  const whole: BreastRegion = { cells: found.pixels, width, height };
  clearPadding(whole, contentBox);
  const breast = region === undefined ? whole : eroded(whole, Math.round(longer * addedShare));
  const tissue = eroded(breast, Math.round(longer * rimShare));
  return { breast: breast.cells, tissue: tissue.cells, chestWall: tallerSide(breast) ?? "left" };
}

function clearPadding({ cells, width, height }: BreastRegion, content: Geometry["contentBox"]): void {
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++)
      if (
        x + 0.5 < content.x ||
        x + 0.5 > content.x + content.width ||
        y + 0.5 < content.y ||
        y + 0.5 > content.y + content.height
      )
        cells[at] = 0;
}

/** Without what is nearer to the outside than `reach`; the border of the image is no outside. */
function eroded(mask: BreastRegion, reach: number): BreastRegion {
  const inverse = (cells: Uint8Array): Uint8Array => cells.map((cell) => 1 - cell);
  return { ...mask, cells: inverse(dilated({ ...mask, cells: inverse(mask.cells) }, reach).cells) };
}
