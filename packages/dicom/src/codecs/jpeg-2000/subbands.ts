import type { Bounds, Tile } from "./codestream.ts";
import { TagTree } from "./tag-tree.ts";

/** One resolution of a tile, ISO/IEC 15444-1 B.5, and what it adds to the one below. */
export interface Resolution {
  bounds: Bounds;
  precincts: Precinct[];
}

/** B.5 and E.1. */
export interface Subband {
  bounds: Bounds;
  /** Whether its frequencies are the high ones across and down. */
  isHighAcross: boolean;
  isHighDown: boolean;
  /** Bit planes that a coefficient may have, M_b of equation E-2. */
  planes: number;
  /** What one step of a coefficient is worth, Delta_b of E-3; 1 where reversible. */
  step: number;
}

/** The code-blocks of one place in all subbands of a resolution, B.6; a packet holds bits of one layer of them. */
export interface Precinct {
  /** Its upper left corner on the reference grid, for the orders that go by place. */
  x: number;
  y: number;
  groups: BlockGroup[];
}

/** The code-blocks of one subband in a precinct, row by row. */
interface BlockGroup {
  blocks: CodeBlock[];
  across: number;
  inclusion: TagTree;
  zeroPlanes: TagTree;
}

/** B.7; what packets tell about it is gathered here. */
export interface CodeBlock {
  subband: Subband;
  /** In the subband's own coordinates. */
  bounds: Bounds;
  isIncluded: boolean;
  /** Of the bit planes that the subband may have, those from the highest on that are zero. */
  zeroPlanes: number;
  lengthBits: number;
  passes: number;
  /** Where its bits lie in the stream. */
  chunks: { start: number; end: number }[];
}

/** How many more resolutions, precincts and code-blocks may be made. */
interface Budget {
  pieces: number;
}

/** A precinct has its tag trees, which take as much memory as so many code-blocks. */
const precinctPieces = 20;

/**
 * Lays out a tile, smallest resolution first.
 *
 * @param precision bits of a sample
 * @throws Error with a clause where the tile has more pieces than the budget
 */
export function layOutTile(tile: Tile, precision: number, budget: Budget): Resolution[] {
  return Array.from({ length: tile.coding.levels + 1 }, (_, index) => {
    const { x0, y0, x1, y1 } = tile.bounds;
    const subbands = subbandsOf(tile, index, precision);
    const halvings = tile.coding.levels - index;
    const bounds = halved(tile.bounds, halvings, 0, 0);
    const { width = 0, height = 0 } = tile.coding.precincts[index] ?? {};
    const left = floorShift(bounds.x0, width);
    const top = floorShift(bounds.y0, height);
    const across = bounds.x1 > bounds.x0 ? ceilShift(bounds.x1, width) - left : 0;
    const down = bounds.y1 > bounds.y0 ? ceilShift(bounds.y1, height) - top : 0;
    spend(budget, 1 + precinctPieces * across * down);
    const precincts = Array.from({ length: across * down }, (_, place) => {
      const x = (left + (place % across)) * 2 ** width;
      const y = (top + Math.floor(place / across)) * 2 ** height;
      const part = { x0: x, y0: y, x1: x + 2 ** width, y1: y + 2 ** height };
      return {
        x: Math.min(x1, Math.max(x0, x * 2 ** halvings)),
        y: Math.min(y1, Math.max(y0, y * 2 ** halvings)),
        // Above the lowest resolution a subband has half its sides.
        groups: subbands.map((subband) =>
          blockGroup(tile, subband, index === 0 ? part : halved(part, 1, 0, 0), budget),
        ),
      };
    });
    return { bounds, precincts };
  });
}

function subbandsOf({ bounds, coding, quantization }: Tile, resolution: number, precision: number): Subband[] {
  const subband = (number: number, halvings: number, across: number, down: number): Subband => {
    const { exponent = 0, mantissa = 0 } = quantization.steps[number] ?? {};
    return {
      bounds: halved(bounds, halvings, across, down),
      isHighAcross: across === 1,
      isHighDown: down === 1,
      planes: quantization.guardBits + exponent - 1,
      // The gain of a high band, one bit a direction, is in the filters.
      step: coding.isReversible ? 1 : (1 + mantissa / 2048) * 2 ** (precision - exponent),
    };
  };
  if (resolution === 0) return [subband(0, coding.levels, 0, 0)];
  const halvings = coding.levels - resolution + 1;
  const first = 3 * resolution - 2;
  return [subband(first, halvings, 1, 0), subband(first + 1, halvings, 0, 1), subband(first + 2, halvings, 1, 1)];
}

function blockGroup({ coding }: Tile, subband: Subband, precinct: Bounds, budget: Budget): BlockGroup {
  const part = intersection(subband.bounds, precinct);
  const isEmpty = part.x1 <= part.x0 || part.y1 <= part.y0;
  const width = Math.min(2 ** coding.blockWidth, precinct.x1 - precinct.x0);
  const height = Math.min(2 ** coding.blockHeight, precinct.y1 - precinct.y0);
  const left = Math.floor(part.x0 / width);
  const top = Math.floor(part.y0 / height);
  const across = isEmpty ? 0 : Math.ceil(part.x1 / width) - left;
  const down = isEmpty ? 0 : Math.ceil(part.y1 / height) - top;
  spend(budget, across * down);
  const blocks = Array.from({ length: across * down }, (_, index) => {
    const x = (left + (index % across)) * width;
    const y = (top + Math.floor(index / across)) * height;
    return {
      subband,
      bounds: intersection(part, { x0: x, y0: y, x1: x + width, y1: y + height }),
      isIncluded: false,
      zeroPlanes: 0,
      lengthBits: 3,
      passes: 0,
      chunks: [],
    };
  });
  return { blocks, across, inclusion: new TagTree(across, down), zeroPlanes: new TagTree(across, down) };
}

function spend(budget: Budget, pieces: number): void {
  budget.pieces -= pieces;
  if (budget.pieces < 0) throw new Error("more code-blocks than a mammogram has");
}

/** What is left of a rectangle after halving it some times, of the last halving the low or high frequencies (B-15). */
function halved({ x0, y0, x1, y1 }: Bounds, times: number, highAcross: number, highDown: number): Bounds {
  const half = 2 ** (times - 1);
  const x = (edge: number): number => Math.ceil((edge - half * highAcross) / 2 ** times);
  const y = (edge: number): number => Math.ceil((edge - half * highDown) / 2 ** times);
  return { x0: x(x0), y0: y(y0), x1: x(x1), y1: y(y1) };
}

function intersection(a: Bounds, b: Bounds): Bounds {
  return {
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  };
}

const floorShift = (edge: number, exponent: number): number => Math.floor(edge / 2 ** exponent);
const ceilShift = (edge: number, exponent: number): number => Math.ceil(edge / 2 ** exponent);
