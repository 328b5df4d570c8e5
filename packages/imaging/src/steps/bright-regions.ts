import type { Box, GreyImage } from "../grey-image.ts";
import type { BrightPixels } from "../kernels/kernels.ts";
import { contourArea } from "./contour-area.ts";

/** Pixels above a threshold. */
export function pixelsAbove(image: GreyImage, threshold: number): BrightPixels {
  const { pixels, offset, stride, width, height } = image;
  const isBright = (x: number, y: number): boolean => (pixels[offset + y * stride + x] ?? 0) > threshold;
  const columns = new Uint32Array(width + 1);
  return {
    width,
    height,
    runs: (y) => runsOf(columns, width, (x) => isBright(x, y)),
    columns,
    contourArea: (x, y) => contourArea(image, isBright, x, y),
  };
}

/** Writes the columns at which a row becomes bright and dark, in turns; returns how many. */
export function runsOf(columns: Uint32Array, width: number, isBright: (x: number) => boolean): number {
  let count = 0;
  for (let x = 0; x < width; x++) if (isBright(x) !== (count % 2 === 1)) columns[count++] = x;
  if (count % 2 === 1) columns[count++] = width;
  return count;
}

/** A connected region of bright pixels: its bounding box, and its first pixel in reading order, at (`startX`, `box.y`). */
export interface BrightRegion {
  box: Box;
  startX: number;
}

/**
 * The 8-connected regions of bright pixels, in reading order of their first pixels.
 *
 * Works on runs, not pixels: each row's runs are joined to those that they touch in the row above, with union-find.
 */
export function brightRegions(bright: BrightPixels): BrightRegion[] {
  const { columns } = bright;
  const regions = new RegionForest();
  let above: LabelledRun[] = [];
  for (let y = 0; y < bright.height; y++) {
    const count = bright.runs(y);
    const here: LabelledRun[] = [];
    let candidate = 0;
    for (let index = 0; index < count; index += 2) {
      const start = columns[index] ?? 0;
      const end = columns[index + 1] ?? 0;
      let region: number | undefined;
      // Runs touch, diagonals included, when each starts no later than the other ends.
      while ((above[candidate]?.end ?? Infinity) < start) candidate++;
      for (let touching = candidate; touching < above.length; touching++) {
        const run = above[touching];
        if (run === undefined || run.start > end) break;
        region = region === undefined ? regions.rootOf(run.region) : regions.join(region, run.region);
      }
      region ??= regions.add(start, y);
      regions.extend(region, start, end, y);
      here.push({ start, end, region });
    }
    above = here;
  }
  return regions.all();
}

/** Bright pixels of one row from `start` up to, not with, `end`, and the region that they are known to belong to. */
interface LabelledRun {
  start: number;
  end: number;
  region: number;
}

/** Union-find over regions; the oldest of joined regions stands for all, so its start stays the first in reading order. */
class RegionForest {
  readonly #parents: number[] = [];
  readonly #startX: number[] = [];
  readonly #top: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #bottom: number[] = [];

  add(startX: number, y: number): number {
    const region = this.#parents.push(this.#parents.length) - 1;
    this.#startX.push(startX);
    this.#top.push(y);
    this.#left.push(startX);
    this.#right.push(startX);
    this.#bottom.push(y);
    return region;
  }

  rootOf(region: number): number {
    let root = region;
    for (let parent = this.#parents[root] ?? root; parent !== root; parent = this.#parents[root] ?? root) {
      const grandparent = this.#parents[parent] ?? parent;
      this.#parents[root] = grandparent; // halves the path for the next look
      root = grandparent;
    }
    return root;
  }

  join(a: number, b: number): number {
    const first = Math.min(this.rootOf(a), this.rootOf(b));
    const second = Math.max(this.rootOf(a), this.rootOf(b));
    if (first === second) return first;
    this.#parents[second] = first;
    this.#left[first] = Math.min(this.#left[first] ?? 0, this.#left[second] ?? 0);
    this.#right[first] = Math.max(this.#right[first] ?? 0, this.#right[second] ?? 0);
    this.#bottom[first] = Math.max(this.#bottom[first] ?? 0, this.#bottom[second] ?? 0);
    return first;
  }

  /** Takes the run from `start` up to, not with, `end` in row `y` into a region. */
  extend(region: number, start: number, end: number, y: number): void {
    if (start < (this.#left[region] ?? 0)) this.#left[region] = start;
    if (end > (this.#right[region] ?? 0)) this.#right[region] = end;
    this.#bottom[region] = y;
  }

  all(): BrightRegion[] {
    const regions: BrightRegion[] = [];
    for (const [region, parent] of this.#parents.entries()) {
      if (parent !== region) continue;
      const x = this.#left[region] ?? 0;
      const y = this.#top[region] ?? 0;
      const box = { x, y, width: (this.#right[region] ?? 0) - x, height: (this.#bottom[region] ?? 0) - y + 1 };
      regions.push({ box, startX: this.#startX[region] ?? 0 });
    }
    return regions;
  }
}
