import type { GreyImage } from "../grey-image.ts";
import type { BreastMasks } from "./breast-masks.ts";

const cells = 12;
/** A cell counts where this part of it is tissue. */
const leastCover = 0.25;

/**
 * Mean brightness of the tissue on a 12 x 12 grid over its bounding box, the chest wall on the left, less the mean of all
 * tissue.
 *
 * @returns `[row, column]`, NaN where there is little tissue
 */
export function breastGrid(image: GreyImage<Uint8Array>, { tissue, chestWall }: BreastMasks): Float64Array {
  const { pixels, offset, stride, width, height } = image;
  const box = boundingBox(tissue, width, height);
  const sums = new Float64Array(cells * cells);
  const inside = new Float64Array(cells * cells);
  const covered = new Float64Array(cells * cells);
  for (let y = 0; y < box.height; y++)
    for (let x = 0; x < box.width; x++) {
      const fromChestWall = chestWall === "left" ? x : box.width - 1 - x;
      const cell = Math.floor((y * cells) / box.height) * cells + Math.floor((fromChestWall * cells) / box.width);
      covered[cell] = (covered[cell] ?? 0) + 1;
      if (tissue[(box.y + y) * width + box.x + x] !== 1) continue;
      inside[cell] = (inside[cell] ?? 0) + 1;
      sums[cell] = (sums[cell] ?? 0) + (pixels[offset + (box.y + y) * stride + box.x + x] ?? 0);
    }
  const mean = total(sums) / total(inside);
  return sums.map((sum, cell) => {
    const count = inside[cell] ?? 0;
    return count > 0 && count >= leastCover * (covered[cell] ?? 0) ? sum / count - mean : Number.NaN;
  });
}

/** Mean difference without sign, and the most by which a cell of `grid` is above its counterpart; NaN without common cells. */
export function compareGrids(grid: Float64Array, other: Float64Array): { mean: number; most: number } {
  const differences = [...grid].flatMap((value, cell) => {
    const difference = value - (other[cell] ?? Number.NaN);
    return Number.isNaN(difference) ? [] : [difference];
  });
  if (differences.length === 0) return { mean: Number.NaN, most: Number.NaN };
  return {
    mean: differences.reduce((sum, difference) => sum + Math.abs(difference), 0) / differences.length,
    most: Math.max(...differences),
  };
}

function boundingBox(mask: Uint8Array, width: number, height: number) {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (mask[at] !== 1) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

const total = (numbers: Float64Array): number => numbers.reduce((sum, number) => sum + number, 0);
