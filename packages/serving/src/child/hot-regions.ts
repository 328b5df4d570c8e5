import { boxInFrame, type Geometry } from "@mammoflow/imaging";

export interface HotRegion {
  box: { x: number; y: number; width: number; height: number };
  share: number;
}

/** Of the map's largest value: where the overlay draws its line. */
const hotShare = 0.5;
const mostRegions = 5;

/**
 * The regions of a heat map that are hotter than half of its largest value, those with most of the heat first.
 *
 * @param heat `[size, size]`, not negative
 * @returns boxes in pixels of the source image; a region that lies in the padding alone is left out
 */
export function hotRegions(heat: Float32Array, sizePx: number, geometry: Geometry): HotRegion[] {
  const most = heat.reduce((largest, value) => Math.max(largest, value), 0);
  const total = heat.reduce((sum, value) => sum + value, 0);
  if (most === 0) return [];
  const seen = new Uint8Array(heat.length);
  const regions: HotRegion[] = [];
  for (const [start, value] of heat.entries()) {
    if (value < hotShare * most || seen[start] === 1) continue;
    const { box, sum } = growFrom(start, heat, hotShare * most, sizePx, seen);
    const inFrame = boxInFrame(box, geometry);
    if (inFrame !== undefined) regions.push({ box: inFrame, share: sum / total });
  }
  return regions.toSorted((a, b) => b.share - a.share).slice(0, mostRegions);
}

/** What hangs together with a place, by its four neighbours. */
function growFrom(
  start: number,
  heat: Float32Array,
  least: number,
  sizePx: number,
  seen: Uint8Array,
): { box: HotRegion["box"]; sum: number } {
  const stack = [start];
  seen[start] = 1;
  let [left, right, top, bottom, sum] = [sizePx, 0, sizePx, 0, 0];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const [x, y] = [at % sizePx, Math.floor(at / sizePx)];
    sum += heat[at] ?? 0;
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    const neighbours = [x > 0 ? at - 1 : -1, x < sizePx - 1 ? at + 1 : -1, at - sizePx, at + sizePx];
    for (const next of neighbours) {
      if (next < 0 || next >= heat.length || seen[next] === 1 || (heat[next] ?? 0) < least) continue;
      seen[next] = 1;
      stack.push(next);
    }
  }
  return { box: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }, sum };
}
