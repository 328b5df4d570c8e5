import type { Cells } from "../../stored-values.ts";
import type { Codestream, Tile } from "../jpeg-2000/codestream.ts";
import { readPackets } from "../jpeg-2000/packets.ts";
import { type CodeBlock, type Resolution, type Subband, layOutTile } from "../jpeg-2000/subbands.ts";
import { reserve } from "./lay-out.ts";
import type { CodecKernels } from "./load-kernels.ts";

/** Resolutions, precincts and code-blocks: enough for the largest picture in code-blocks of 16 x 16. */
const mostPieces = 200_000;

/**
 * Decodes a codestream of one component, ISO/IEC 15444-1.
 *
 * @returns a view into the kernels' memory, valid until the next picture, with the values that OpenJPEG finds
 * @throws Error with a clause where the stream makes no sense
 */
export function decodeJpeg2000(stream: Uint8Array, codestream: Codestream, kernels: CodecKernels): Cells {
  const { bounds, precision, isSigned } = codestream;
  const columns = bounds.x1 - bounds.x0;
  const samples = columns * (bounds.y1 - bounds.y0);
  const budget = { pieces: mostPieces };
  const tiles = codestream.tiles.map((tile) => {
    const resolutions = layOutTile(tile, precision, budget);
    readPackets(stream, tile, resolutions);
    return { tile, resolutions };
  });
  const numbers = numbersFor(tiles, precision);
  const layout = reserve(kernels, stream.length, samples * numbers.bytes);
  const { buffer } = kernels.memory;
  new Uint8Array(buffer, layout.picture, samples * numbers.bytes).fill(0); // blocks without a bit are not in the stream
  for (const { tile, resolutions } of tiles) {
    const line = columns * numbers.bytes;
    const left = tile.bounds.x0 - bounds.x0;
    const place = { at: layout.picture + (tile.bounds.y0 - bounds.y0) * line + left * numbers.bytes, line };
    decodeTile(stream, { resolutions, place, numbers, streamAt: layout.stream }, kernels);
  }
  const middle = 2 ** (precision - 1);
  if (isSigned) kernels[numbers.finish](layout.picture, samples, 0, -middle, middle - 1);
  else kernels[numbers.finish](layout.picture, samples, middle, 0, 2 * middle - 1);
  if (precision > 8) return new Uint16Array(buffer, layout.picture, samples);
  kernels.lowBytes(layout.picture, samples);
  return new Uint8Array(buffer, layout.picture, samples);
}

interface TileWork {
  tile: Tile;
  resolutions: Resolution[];
}

/** What coefficients are until they are samples. */
interface Numbers {
  bytes: number;
  store: "storeBlock16" | "storeBlock32" | "storeBlockF32";
  undo: "reversible16" | "reversible32" | "irreversible";
  finish: "finish16" | "finish32" | "finishF32";
}

const narrow: Numbers = { bytes: 2, store: "storeBlock16", undo: "reversible16", finish: "finish16" };
const wide: Numbers = { bytes: 4, store: "storeBlock32", undo: "reversible32", finish: "finish32" };
const float: Numbers = { bytes: 4, store: "storeBlockF32", undo: "irreversible", finish: "finishF32" };
/** With so many bits no sum of the reversible wavelet leaves 16 bits: of a sample, a low and a high coefficient. */
export const narrowBits = { sample: 14, low: 15, high: 13 };

function numbersFor(tiles: TileWork[], precision: number): Numbers {
  if (tiles.some(({ tile }) => !tile.coding.isReversible)) {
    if (tiles.some(({ tile }) => tile.coding.isReversible)) throw new Error("tiles with two kinds of wavelets");
    return float;
  }
  if (precision > narrowBits.sample) return wide;
  for (const { resolutions } of tiles)
    for (const [index, { precincts }] of resolutions.entries())
      for (const block of blocksOf(precincts))
        if (block.subband.planes - block.zeroPlanes > (index === 0 ? narrowBits.low : narrowBits.high)) return wide;
  return narrow;
}

function* blocksOf(precincts: Resolution["precincts"]): Generator<CodeBlock> {
  for (const { groups } of precincts)
    for (const { blocks } of groups) for (const block of blocks) if (block.passes > 0) yield block;
}

/** Where rows begin, and how far apart, in bytes. */
interface Place {
  at: number;
  line: number;
}

interface Work {
  resolutions: Resolution[];
  place: Place;
  numbers: Numbers;
  /** Room for the bits of a block. */
  streamAt: number;
}

/**
 * Coefficients are put where the wavelet, in place, wants them: rows in the order of the picture, so that those of a lower
 * resolution are every second one of the next; of each row the low frequencies first.
 */
function decodeTile(stream: Uint8Array, { resolutions, place, numbers, streamAt }: Work, kernels: CodecKernels): void {
  const places: Place[] = [];
  for (const [above, { bounds }] of resolutions.toReversed().entries()) {
    places[resolutions.length - 1 - above] = place;
    place = { at: place.at + (bounds.y0 & 1) * place.line, line: place.line * 2 };
  }
  for (const [index, { bounds, precincts }] of resolutions.entries()) {
    const { at, line } = places[index] ?? place;
    const below = resolutions[index - 1]?.bounds;
    const lowColumns = below === undefined ? 0 : below.x1 - below.x0;
    for (const block of blocksOf(precincts)) {
      decodeBits(stream, block, streamAt, kernels);
      const { subband } = block;
      const column = block.bounds.x0 - subband.bounds.x0 + (subband.isHighAcross ? lowColumns : 0);
      const row = block.bounds.y0 - subband.bounds.y0;
      const firstRow = below === undefined ? 0 : Number(subband.isHighDown) ^ (bounds.y0 & 1);
      const step = below === undefined ? line : 2 * line;
      const to = at + firstRow * line + row * step + column * numbers.bytes;
      if (numbers.store === "storeBlockF32") kernels.storeBlockF32(to, step, subband.step / 2);
      else kernels[numbers.store](to, step);
    }
    const width = bounds.x1 - bounds.x0;
    const height = bounds.y1 - bounds.y0;
    if (below !== undefined && width > 0 && height > 0)
      kernels[numbers.undo](at, line, width, height, bounds.x0 & 1, bounds.y0 & 1);
  }
}

/** The kernels count a bit behind the point, and keep the sign in the highest. */
const mostPlanes = 28;

function decodeBits(stream: Uint8Array, block: CodeBlock, streamAt: number, kernels: CodecKernels): void {
  const { subband, bounds, passes } = block;
  const planes = subband.planes - block.zeroPlanes;
  if (planes < 1 || planes > mostPlanes || passes > 3 * planes - 2)
    throw new Error("a code-block with too many passes");
  const memory = new Uint8Array(kernels.memory.buffer);
  let end = streamAt;
  for (const chunk of block.chunks) {
    memory.set(stream.subarray(chunk.start, chunk.end), end);
    end += chunk.end - chunk.start;
  }
  kernels.decodeBlock(streamAt, end, bounds.x1 - bounds.x0, bounds.y1 - bounds.y0, kindOf(subband), planes, passes);
}

/** Of contexts, ISO/IEC 15444-1 table D.1. */
function kindOf({ isHighAcross, isHighDown }: Subband): number {
  if (!isHighAcross) return 0;
  return isHighDown ? 2 : 1;
}
