import { type GreyImage, type Size, greyImage, histogramOf } from "../grey-image.ts";
import { backgroundLevel } from "./background.ts";
import { brightRegions, pixelsAbove } from "./bright-regions.ts";

/** Where the breast is, on a coarse grid over the image: about 0.6 mm a cell on a mammogram. */
export interface BreastRegion {
  /** 1 inside, 0 outside, `[height, width]`. */
  cells: Uint8Array;
  width: number;
  height: number;
}

/** Cells along the longer side. */
const gridCells = 512;

/** The grid over an image. */
export function gridSize({ width, height }: Size): Size {
  const shrink = Math.min(1, gridCells / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * shrink)), height: Math.max(1, Math.round(height * shrink)) };
}

/** Shares of the longer side. What is narrower than twice this is no breast: a paddle's edge, a line. */
const thinShare = 0.006;
/** By this much the region is widened, so that skin is never cut. */
const marginShare = 0.008;
/** A film's edge, scanned with it, is no wider than this. */
const filmEdgeShare = 0.025;

/**
 * The breast in a frame: the largest region brighter than the background, without what is thin (a compression paddle's
 * edge that touches it, a line), widened a little, its holes filled.
 *
 * @param grid the whole frame, or a large part of it, at its `gridSize`
 * @returns undefined where there is no background to tell it from
 */
export function breastRegion(grid: GreyImage<Uint8Array>): BreastRegion | undefined {
  const { width, height } = grid;
  const background = backgroundLevel(histogramOf(grid));
  if (background === undefined) return undefined;

  const bright: Mask = { cells: new Uint8Array(width * height), width, height };
  for (let cell = 0; cell < bright.cells.length; cell++)
    bright.cells[cell] = (grid.pixels[cell] ?? 0) > background ? 1 : 0;
  const region = thickRegion(bright);
  if (region === undefined || !touchesBothSides(region)) return region;
  // A breast comes from one side. What reaches the other is held to it by the bright edge of a scanned film, as a rule:
  // without the edge it is found alone, and goes on into the edge as it arrives there.
  const edge = Math.ceil(Math.max(width, height) * filmEdgeShare);
  const inner = withoutEdge(bright, edge);
  const within = inner && thickRegion(inner);
  return within === undefined ? region : withoutFilm(withEdge(within, edge, { width, height }), grid, edge);
}

type Mask = BreastRegion;

function thickRegion(bright: Mask): Mask | undefined {
  const longer = Math.max(bright.width, bright.height);
  const thin = Math.max(1, Math.round(longer * thinShare));
  const margin = Math.max(1, Math.round(longer * marginShare));
  const thick = inverted(dilated(inverted(bright), thin));
  const breast = largestRegion(thick);
  return breast && withoutHoles(dilated(breast, thin + margin));
}

function touchesBothSides({ cells, width, height }: Mask): boolean {
  const touches = (x: number): boolean => {
    for (let y = 0; y < height; y++) if (cells[y * width + x] === 1) return true;
    return false;
  };
  return touches(0) && touches(width - 1);
}

function withoutEdge({ cells, width, height }: Mask, edge: number): Mask | undefined {
  const inner = { width: width - 2 * edge, height: height - 2 * edge };
  if (inner.width < 1 || inner.height < 1) return undefined;
  const kept = new Uint8Array(inner.width * inner.height);
  for (let y = 0; y < inner.height; y++) {
    const start = (y + edge) * width + edge;
    kept.set(cells.subarray(start, start + inner.width), y * inner.width);
  }
  return { cells: kept, ...inner };
}

/** The edge put back, each of its cells equal to the nearest one inside. */
function withEdge(inner: Mask, edge: number, { width, height }: Omit<Mask, "cells">): Mask {
  const cells = new Uint8Array(width * height);
  const within = (place: number, length: number): number => Math.min(Math.max(place - edge, 0), length - 1);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++)
      cells[at] = inner.cells[within(y, inner.height) * inner.width + within(x, inner.width)] ?? 0;
  return { cells, width, height };
}

/** A line of cells of a scanned film's edge is white, from this level on, for this share of its length; its blur goes on. */
const filmLine = { share: 0.5, level: 220, blur: 2 };

/** Without the lines of film edge along the grid's four sides. */
function withoutFilm({ cells, width, height }: Mask, grid: GreyImage, edge: number): Mask {
  const kept = cells.slice();
  const clear = (outermost: number, inwards: number, along: number, length: number): void => {
    const cellAt = (line: number, place: number): number => outermost + line * inwards + place * along;
    const isWhite = (line: number): boolean => {
      let white = 0;
      for (let place = 0; place < length; place++)
        if ((grid.pixels[cellAt(line, place)] ?? 0) >= filmLine.level) white++;
      return white >= filmLine.share * length;
    };
    let lines = edge;
    while (lines > 0 && !isWhite(lines - 1)) lines--;
    const cleared = lines === 0 ? 0 : lines + filmLine.blur;
    for (let line = 0; line < cleared; line++)
      for (let place = 0; place < length; place++) kept[cellAt(line, place)] = 0;
  };
  clear(0, width, 1, width);
  clear((height - 1) * width, -width, 1, width);
  clear(0, 1, width, height);
  clear(width - 1, -1, width, height);
  return { cells: kept, width, height };
}

function inverted({ cells, ...size }: Mask): Mask {
  const inverse = new Uint8Array(cells.length);
  for (let cell = 0; cell < cells.length; cell++) inverse[cell] = 1 - (cells[cell] ?? 0);
  return { cells: inverse, ...size };
}

/** Widens by a square of `2 * reach + 1` cells; what lies beyond the grid takes no part. */
export function dilated({ cells, width, height }: Mask, reach: number): Mask {
  const across = new Uint8Array(cells.length);
  for (let y = 0; y < height; y++) dilateLine(cells, across, y * width, 1, width, reach);
  const both = new Uint8Array(cells.length);
  for (let x = 0; x < width; x++) dilateLine(across, both, x, width, height, reach);
  return { cells: both, width, height };
}

function dilateLine(
  from: Uint8Array,
  to: Uint8Array,
  start: number,
  step: number,
  length: number,
  reach: number,
): void {
  let last = -Infinity; // place of the last set cell seen, looking `reach` ahead
  for (let place = -reach; place < length; place++) {
    const ahead = place + reach;
    if (ahead < length && from[start + ahead * step] === 1) last = ahead;
    if (place >= 0 && last >= place - reach) to[start + place * step] = 1;
  }
}

/** The region with the most cells, alone. */
function largestRegion(mask: Mask): Mask | undefined {
  const { width, height } = mask;
  let largest: Uint8Array | undefined;
  let most = 0;
  for (const { box, startX } of brightRegions(pixelsAbove(greyImage(mask.cells, width, height), 0))) {
    if (box.width * box.height <= most) continue;
    const region = new Uint8Array(mask.cells.length);
    const count = flood(mask, [box.y * width + startX], region);
    if (count <= most) continue;
    largest = region;
    most = count;
  }
  return largest && { cells: largest, width, height };
}

/** Sets what cannot be reached from the grid's border without crossing the mask. */
function withoutHoles(mask: Mask): Mask {
  const { width, height } = mask;
  const border: number[] = [];
  for (let x = 0; x < width; x++) border.push(x, (height - 1) * width + x);
  for (let y = 0; y < height; y++) border.push(y * width, y * width + width - 1);
  const free = inverted(mask);
  const outside = new Uint8Array(mask.cells.length);
  flood(free, border, outside);
  return inverted({ cells: outside, width, height });
}

/** Marks the set cells that hang together with the seeds, diagonals included, run by run; returns how many it marked. */
function flood({ cells, width }: Mask, seeds: number[], marked: Uint8Array): number {
  const isFree = (cell: number): boolean => cells[cell] === 1 && marked[cell] === 0;
  const stack = [...seeds];
  let count = 0;
  for (let cell = stack.pop(); cell !== undefined; cell = stack.pop()) {
    if (!isFree(cell)) continue;
    const row = cell - (cell % width);
    let start = cell;
    let end = cell + 1;
    while (start > row && isFree(start - 1)) start--;
    while (end < row + width && isFree(end)) end++;
    marked.fill(1, start, end);
    count += end - start;
    for (const next of [-width, width]) {
      const last = Math.min(end + 1, row + width, cells.length - next) + next;
      let wasFree = false;
      for (let touching = Math.max(start - 1, row) + next; touching < last; touching++) {
        const isNext = isFree(touching);
        if (isNext && !wasFree) stack.push(touching);
        wasFree = isNext;
      }
    }
  }
  return count;
}
