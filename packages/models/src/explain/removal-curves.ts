import { createRandom, type Random } from "@mammoflow/runtime";

export interface RemovalOptions {
  /** Side of the square image. */
  sizePx: number;
  /** 1 inside the breast, `[size, size]`: cells outside it are never touched. */
  breast: Uint8Array;
  /** Cells along each side of the image. */
  cells: number;
  /** After how many parts of the breast the probability is asked for. */
  steps: number;
}

/** The probability with 0, 1, ... `steps` parts of the breast taken away, or given back. */
export interface RemovalCurves {
  deletion: Float32Array;
  insertion: Float32Array;
}

/** A cell's pixels, row by row. */
type Cell = { start: number; end: number }[];

/**
 * Deletion and insertion (Petsiuk et al. 2018, https://arxiv.org/abs/1806.07421, section 4.2) in whole cells, so that an order
 * by a map and a random one change the image by the same pieces: pixels in random order would be noise, which no network has
 * seen. Deleted cells take the breast's mean grey; insertion begins with a blurred image.
 *
 * @param image grey, uint8 `[size, size]`
 * @param heat `[size, size]`, hottest cells first; undefined for a random order
 * @param probabilityOf of each image of a batch, uint8 `[n, size, size]`
 * @param seed of the random order, which also decides between cells of equal heat
 */
export async function removalCurves(
  image: Uint8Array,
  heat: Float32Array | undefined,
  probabilityOf: (images: Uint8Array) => Promise<ArrayLike<number>>,
  { seed, ...options }: RemovalOptions & { seed: number },
): Promise<RemovalCurves> {
  const { sizePx, steps } = options;
  const order = inOrder(breastCells(options), heat, createRandom(seed));
  const mean = meanWithin(image, options.breast);
  const deleted = Uint8Array.from(image); // a Buffer's slice would share its bytes
  const inserted = blurred(image, sizePx, sizePx / blurShare);
  const states = new Uint8Array(2 * (steps + 1) * image.length);
  let done = 0;
  for (let step = 0; step <= steps; step++) {
    for (; done < Math.round((step / steps) * order.length); done++)
      for (const { start, end } of order[done] ?? []) {
        deleted.fill(mean, start, end);
        inserted.set(image.subarray(start, end), start);
      }
    states.set(deleted, step * image.length);
    states.set(inserted, (steps + 1 + step) * image.length);
  }
  const probabilities = Float32Array.from(await probabilityOf(states));
  return { deletion: probabilities.slice(0, steps + 1), insertion: probabilities.slice(steps + 1) };
}

/** Deviation of the blur from which insertion begins: the image's side divided by this, Petsiuk's 5 of 224 px doubled. */
const blurShare = 22;

/** The cells of which at least half lies in the breast. */
function breastCells({ sizePx, breast, cells }: RemovalOptions): Cell[] {
  const edge = (cell: number): number => Math.round((cell * sizePx) / cells);
  const found: Cell[] = [];
  for (let row = 0; row < cells; row++)
    for (let column = 0; column < cells; column++) {
      const rows = Array.from({ length: edge(row + 1) - edge(row) }, (_, y) => ({
        start: (edge(row) + y) * sizePx + edge(column),
        end: (edge(row) + y) * sizePx + edge(column + 1),
      }));
      const inside = rows.reduce((sum, { start, end }) => sum + countOf(breast.subarray(start, end)), 0);
      if (inside * 2 >= rows.length * (edge(column + 1) - edge(column))) found.push(rows);
    }
  return found;
}

const countOf = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0);

function inOrder(cells: readonly Cell[], heat: Float32Array | undefined, random: Random): Cell[] {
  const heatOf = (cell: Cell): number =>
    cell.reduce((sum, { start, end }) => sum + (heat?.subarray(start, end).reduce((a, b) => a + b, 0) ?? 0), 0);
  return cells
    .map((cell) => ({ cell, heat: heatOf(cell), draw: random.uint32() }))
    .toSorted((a, b) => b.heat - a.heat || a.draw - b.draw)
    .map(({ cell }) => cell);
}

/** Rounded; 0 where the breast is nowhere. */
function meanWithin(image: Uint8Array, breast: Uint8Array): number {
  const inside = countOf(breast);
  return inside === 0 ? 0 : Math.round(image.reduce((sum, level, at) => sum + level * (breast[at] ?? 0), 0) / inside);
}

/** By a Gaussian of this deviation in pixels, cut at three of them; the border's pixels go on outside. */
function blurred(image: Uint8Array, sizePx: number, deviation: number): Uint8Array {
  const reach = Math.ceil(3 * deviation);
  const bell = Array.from({ length: 2 * reach + 1 }, (_, tap) =>
    Math.exp(-((tap - reach) ** 2) / (2 * deviation ** 2)),
  );
  const total = bell.reduce((sum, weight) => sum + weight, 0);
  const along = (from: ArrayLike<number>, step: number, line: number): Float32Array => {
    const to = new Float32Array(from.length);
    for (let a = 0; a < sizePx; a++)
      for (let b = 0; b < sizePx; b++) {
        let sum = 0;
        for (let tap = -reach; tap <= reach; tap++)
          sum += (bell[tap + reach] ?? 0) * (from[a * line + Math.min(Math.max(b + tap, 0), sizePx - 1) * step] ?? 0);
        to[a * line + b * step] = sum / total;
      }
    return to;
  };
  return Uint8Array.from(along(along(image, 1, sizePx), sizePx, 1), Math.round);
}
