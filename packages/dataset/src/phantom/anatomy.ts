/**
 * The shape of a compressed breast in one view, in millimetres: the chest wall is x = 0, the nipple points to larger x,
 * y runs downwards from the upper edge of the image.
 */
import type { ViewPosition } from "../dataset.ts";
import type { Random } from "./random.ts";

/** What both views of a breast share. */
export interface BreastSize {
  /** From chest wall to skin behind the nipple. */
  depthMm: number;
  /** Half of the height in the CC view. */
  halfHeightMm: number;
}

export interface Anatomy {
  /** The size of the image. */
  widthMm: number;
  heightMm: number;
  depthMm: number;
  halfHeightMm: number;
  nippleYMm: number;
  nippleRadiusMm: number;
  /** Signed distance to the skin on a grid of `fieldStepMm`, positive inside; the nipple is not part of it. */
  skinDistance: Field;
  /** The pectoral muscle of the MLO view: a corner of this width along the upper edge and height along the chest wall. */
  pectoral: { widthMm: number; heightMm: number; bend: number } | undefined;
}

/** A smooth quantity on a coarse grid, `[height, width]`, to be read bilinearly. */
export interface Field {
  values: Float32Array;
  width: number;
  height: number;
}

export const fieldStepMm = 4;

export function drawAnatomy(
  size: BreastSize,
  view: ViewPosition,
  image: { widthMm: number; heightMm: number },
  random: Random,
): Anatomy {
  const { heightMm } = image;
  const depthMm = size.depthMm * random.between(0.96, 1.04);
  const halfHeightMm = Math.min(size.halfHeightMm * random.between(0.97, 1.03), heightMm * 0.45);
  const isMlo = view === "MLO";
  const nippleYMm = heightMm * (isMlo ? random.between(0.56, 0.64) : random.between(0.46, 0.54));
  const depthAt = isMlo
    ? mloOutline(depthMm, nippleYMm, halfHeightMm * 0.86, random)
    : ccOutline(depthMm, nippleYMm, halfHeightMm, random.between(2, 2.35));
  return {
    ...image,
    depthMm,
    halfHeightMm,
    nippleYMm,
    nippleRadiusMm: random.between(3.2, 5),
    skinDistance: distanceField(depthAt, depthMm + 4 * fieldStepMm, heightMm),
    pectoral: isMlo
      ? {
          widthMm: depthMm * random.between(0.42, 0.64),
          heightMm: nippleYMm * random.between(0.85, 1.12),
          bend: random.between(0.85, 1.12),
        }
      : undefined,
  };
}

/** Half a superellipse. */
function ccOutline(depthMm: number, centreMm: number, halfHeightMm: number, exponent: number) {
  return (y: number) => {
    const t = Math.min(Math.abs(y - centreMm) / halfHeightMm, 1);
    return depthMm * Math.sqrt(1 - t ** exponent);
  };
}

/** From the armpit at the upper edge over the nipple to the fold below the breast, where a strip of the abdomen begins. */
function mloOutline(depthMm: number, nippleYMm: number, lowerHeightMm: number, random: Random) {
  const topMm = depthMm * random.between(0.46, 0.64);
  const foldMm = random.between(4, 10);
  const bulge = random.between(1.1, 1.5);
  return (y: number) => {
    if (y < nippleYMm) {
      const rise = Math.sin((Math.PI / 2) * Math.max(y / nippleYMm, 0)) ** bulge;
      return topMm + (depthMm - topMm) * rise;
    }
    const t = (y - nippleYMm) / lowerHeightMm;
    const curve = depthMm * Math.max(1 - t * t, 0) ** 0.6;
    return Math.hypot(curve, foldMm * Math.min(t, 1.4) ** 3);
  };
}

/** Exact distances to the outline as a polyline; a breast is smooth enough that a grid of 4 mm errs by 0.05 mm. */
function distanceField(depthAt: (y: number) => number, widthMm: number, heightMm: number): Field {
  const stepMm = 2;
  const outline: { x: number; y: number }[] = [];
  for (let y = -10; y <= heightMm + 10; y += stepMm) outline.push({ x: depthAt(y), y });
  const segments = outline.slice(1).flatMap((end, index) => {
    const start = outline[index] ?? end;
    return start.x === 0 && end.x === 0 ? [] : [{ start, dx: end.x - start.x, dy: end.y - start.y }];
  });
  const width = Math.ceil(widthMm / fieldStepMm) + 2;
  const height = Math.ceil(heightMm / fieldStepMm) + 2;
  const values = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = column * fieldStepMm;
      const y = row * fieldStepMm;
      let nearest = Infinity;
      for (const { start, dx, dy } of segments) {
        const along = Math.min(Math.max(((x - start.x) * dx + (y - start.y) * dy) / (dx * dx + dy * dy), 0), 1);
        const offX = x - start.x - along * dx;
        const offY = y - start.y - along * dy;
        nearest = Math.min(nearest, offX * offX + offY * offY);
      }
      values[row * width + column] = Math.sqrt(nearest) * (x < depthAt(y) ? 1 : -1);
    }
  }
  return { values, width, height };
}

/** Bilinear value of a field at a place in mm. */
export function readField({ values, width, height }: Field, xMm: number, yMm: number): number {
  const x = Math.min(Math.max(xMm / fieldStepMm, 0), width - 1.001);
  const y = Math.min(Math.max(yMm / fieldStepMm, 0), height - 1.001);
  const column = Math.floor(x);
  const row = Math.floor(y);
  const corner = row * width + column;
  const [a = 0, b = 0] = [values[corner], values[corner + 1]];
  const [c = 0, d = 0] = [values[corner + width], values[corner + width + 1]];
  const upper = a + (b - a) * (x - column);
  return upper + (c + (d - c) * (x - column) - upper) * (y - row);
}

/** Distance to the edge of the pectoral muscle, positive inside; far outside where the view shows none. */
export function pectoralDistanceMm({ pectoral }: Anatomy, xMm: number, yMm: number): number {
  if (!pectoral || yMm >= pectoral.heightMm) return -Math.hypot(xMm, pectoral ? yMm - pectoral.heightMm : 1e3);
  const edge = pectoral.widthMm * (1 - yMm / pectoral.heightMm) ** pectoral.bend;
  return (edge - xMm) / Math.hypot(1, pectoral.widthMm / pectoral.heightMm);
}
