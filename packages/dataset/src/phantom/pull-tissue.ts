/** Architectural distortion: scar-like lesions draw the tissue around them in, and the skin where it is near. */
import type { Layer, PointMm } from "./layer.ts";
import { at } from "./texture.ts";

export interface Pull {
  centre: PointMm;
  /** Tissue farther away than this stays where it is. */
  reachMm: number;
  /** How much farther from the centre the tissue near it comes from, a share of its distance; below 1.25, or it folds. */
  share: number;
}

/** Moves the tissue of a sheet towards a centre, in place. */
export function pullTissue(tissue: Layer, { centre, reachMm, share }: Pull): void {
  const { values, width, height, stepMm } = tissue;
  const from = values.slice();
  const [centreX, centreY, reach] = [centre.xMm / stepMm, centre.yMm / stepMm, reachMm / stepMm];
  const bottom = Math.min(Math.floor(centreY + reach), height - 1);
  const right = Math.min(Math.floor(centreX + reach), width - 1);
  for (let row = Math.max(Math.ceil(centreY - reach), 0); row <= bottom; row++) {
    for (let column = Math.max(Math.ceil(centreX - reach), 0); column <= right; column++) {
      const [dx, dy] = [column - centreX, row - centreY];
      const near = 1 - (dx * dx + dy * dy) / (reach * reach);
      if (near <= 0) continue;
      const stretch = 1 + share * near * near;
      const x = Math.min(Math.max(centreX + dx * stretch, 0), width - 1.001);
      const y = Math.min(Math.max(centreY + dy * stretch, 0), height - 1.001);
      values[row * width + column] = bilinear(from, width, x, y);
    }
  }
}

function bilinear(values: Float32Array, width: number, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const corner = top * width + left;
  const upper = at(values, corner) + (at(values, corner + 1) - at(values, corner)) * (x - left);
  const below = corner + width;
  const lower = at(values, below) + (at(values, below + 1) - at(values, below)) * (x - left);
  return upper + (lower - upper) * (y - top);
}
