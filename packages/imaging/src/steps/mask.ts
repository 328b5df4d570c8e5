import { type GreyImage, type Size, rowOf } from "../grey-image.ts";
import type { BreastRegion } from "./breast-region.ts";

/** Pixels of row `y` from column `start` up to, not with, `end`. */
interface Run {
  y: number;
  start: number;
  end: number;
}

/** Blackens, in place, what lies outside the breast. */
export function maskOutside(image: GreyImage, region: BreastRegion): void {
  for (const { y, start, end } of runsOutside(region, image)) rowOf(image, y).fill(0, start, end);
}

/** What lies outside the breast in an image of a size, in reading order. */
export function runsOutside({ cells, width, height }: BreastRegion, image: Size): Run[] {
  const columnOf = (cell: number): number => Math.ceil((cell * image.width) / width);
  const runs: Run[] = [];
  for (let y = 0; y < image.height; y++) {
    const row = Math.floor((y * height) / image.height) * width;
    for (let cell = 0; cell < width; cell++) {
      if (cells[row + cell] === 1) continue;
      const first = cell;
      while (cell + 1 < width && cells[row + cell + 1] !== 1) cell++;
      runs.push({ y, start: columnOf(first), end: columnOf(cell + 1) });
    }
  }
  return runs;
}
