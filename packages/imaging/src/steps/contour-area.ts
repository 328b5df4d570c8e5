import type { Size } from "../grey-image.ts";

/** The eight neighbours, counter-clockwise from the right; y points down. */
const stepX = Int8Array.of(1, 1, 0, -1, -1, -1, 0, 1);
const stepY = Int8Array.of(0, -1, -1, -1, 0, 1, 1, 1);
const west = 4;

/**
 * The area inside the outer contour of a bright region: the polygon through the centres of its border pixels, so holes
 * count and a line one pixel wide has none. Equal to OpenCV's `contourArea` of the contour that `findContours` finds.
 *
 * The border is followed as in S. Suzuki, K. Abe, "Topological structural analysis of digitized binary images by border
 * following", 1985, algorithm 1.
 *
 * @param isBright asked about pixels of the image only
 * @param startX the region's first pixel in reading order, with `startY`
 */
export function contourArea(
  { width, height }: Size,
  isBright: (x: number, y: number) => boolean,
  startX: number,
  startY: number,
): number {
  /** The first direction, turning from `from`, in which a bright pixel lies; -1 around a lone one. */
  const brightNeighbour = (x: number, y: number, from: number, turn: 1 | -1): number => {
    for (let tried = 1; tried <= 8; tried++) {
      const direction = (from + turn * tried) & 7;
      const nextX = x + (stepX[direction] ?? 0);
      const nextY = y + (stepY[direction] ?? 0);
      if (nextX < 0 || nextY < 0 || nextX >= width || nextY >= height) continue;
      if (isBright(nextX, nextY)) return direction;
    }
    return -1;
  };

  const last = brightNeighbour(startX, startY, west, -1);
  if (last === -1) return 0;
  const lastX = startX + (stepX[last] ?? 0);
  const lastY = startY + (stepY[last] ?? 0);
  let doubleArea = 0;
  let x = startX;
  let y = startY;
  let cameFrom = last;
  for (;;) {
    const direction = brightNeighbour(x, y, cameFrom, 1);
    const nextX = x + (stepX[direction] ?? 0);
    const nextY = y + (stepY[direction] ?? 0);
    doubleArea += x * nextY - nextX * y;
    if (nextX === startX && nextY === startY && x === lastX && y === lastY) return Math.abs(doubleArea) / 2;
    x = nextX;
    y = nextY;
    cameFrom = (direction + 4) & 7;
  }
}
