/** A rectangle in pixels, from its upper left corner to its far edges. */
export interface LesionBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface HeatMapFacts {
  /** `[size, size]`, not negative. */
  heat: Float32Array;
  /** The place that speaks most for malignancy, in pixels. */
  peak: { x: number; y: number };
  /** 1 inside the breast, `[size, size]`. */
  breast: Uint8Array;
  sizePx: number;
  boxes: readonly LesionBox[];
  /** A box is hit from this far outside it, as a share of the image's side. */
  toleranceShare: number;
}

/** Where one heat map points, and what would be reached without looking. */
export interface Pointing {
  /** The place that speaks most for malignancy lies in a box. */
  isHit: boolean;
  /** What a random point of the breast would reach: the share of the breast within the boxes and the tolerance. */
  chance: number;
  /** The middle of the breast lies in a box. */
  isCentreHit: boolean;
  hasHeat: boolean;
  /** Shares of all heat, 0 where there is none. */
  heatInBoxes: number;
  heatInBreast: number;
  /** Share of the breast within the boxes, without tolerance: what evenly spread heat would reach. */
  breastInBoxes: number;
}

/**
 * The pointing game of one image (Zhang et al. 2018, https://doi.org/10.1007/s11263-017-1059-x, section 4.2) beside its chance
 * level, and the share of heat within the boxes (Wang et al. 2020, https://arxiv.org/abs/1910.01279, section 4.3).
 */
export function pointAt({ heat, peak, breast, sizePx, boxes, toleranceShare }: HeatMapFacts): Pointing {
  const tolerance = toleranceShare * sizePx;
  const isNear = (x: number, y: number, by: number): boolean =>
    boxes.some(
      (box) => x >= box.x - by && y >= box.y - by && x <= box.x + box.width + by && y <= box.y + box.height + by,
    );
  const sums = { heat: 0, inBoxes: 0, inBreast: 0, breast: 0, breastInBoxes: 0, breastNear: 0, x: 0, y: 0 };
  for (let row = 0, at = 0; row < sizePx; row++)
    for (let column = 0; column < sizePx; column++, at++) {
      const value = heat[at] ?? 0;
      const [x, y] = [column + 0.5, row + 0.5];
      const isInBox = isNear(x, y, 0);
      sums.heat += value;
      if (isInBox) sums.inBoxes += value;
      if (breast[at] !== 1) continue;
      sums.inBreast += value;
      sums.breast++;
      sums.x += x;
      sums.y += y;
      if (isInBox) sums.breastInBoxes++;
      if (isInBox || isNear(x, y, tolerance)) sums.breastNear++;
    }
  const shareOf = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
  return {
    isHit: isNear(peak.x, peak.y, tolerance),
    chance: shareOf(sums.breastNear, sums.breast),
    isCentreHit: isNear(shareOf(sums.x, sums.breast), shareOf(sums.y, sums.breast), tolerance),
    hasHeat: sums.heat > 0,
    heatInBoxes: shareOf(sums.inBoxes, sums.heat),
    heatInBreast: shareOf(sums.inBreast, sums.heat),
    breastInBoxes: shareOf(sums.breastInBoxes, sums.breast),
  };
}
