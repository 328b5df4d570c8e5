import { enlargeMap } from "./enlarge-map.ts";

/** Where in an image something speaks for malignancy. */
export interface HeatMap {
  /** Evidence for malignancy, `[size, size]`; 0 where nothing or the opposite is seen, so all of it may be 0. */
  heat: Float32Array;
  /** The place, in pixels, that speaks most for malignancy, or least against it. */
  peak: { x: number; y: number };
}

/**
 * A map of evidence as a heat map of its image: without the negative part, as Grad-CAM has it, enlarged.
 *
 * @param map `[side, side]`, negative where it speaks against malignancy
 */
export function heatMapOf(map: Float32Array, side: number, sizePx: number): HeatMap {
  const positive = map.map((value) => Math.max(0, value));
  return { heat: enlargeMap(positive, side, sizePx), peak: peakOf(map, side, sizePx) };
}

/** The middle of the largest cells: an occlusion map has several of them, as large as the patches' stride. */
function peakOf(map: Float32Array, side: number, sizePx: number): { x: number; y: number } {
  const most = map.reduce((largest, value) => Math.max(largest, value), -Infinity);
  const sums = { x: 0, y: 0, count: 0 };
  map.forEach((value, at) => {
    if (value < most) return;
    sums.x += (((at % side) + 0.5) * sizePx) / side;
    sums.y += ((Math.floor(at / side) + 0.5) * sizePx) / side;
    sums.count++;
  });
  return { x: sums.x / sums.count, y: sums.y / sums.count };
}
