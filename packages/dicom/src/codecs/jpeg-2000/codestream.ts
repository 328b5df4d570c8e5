import { type CodingStyle, type Quantization, readCodingStyle, readQuantization } from "./coding-style.ts";
import { Segments } from "./segments.ts";

/** From `x0, y0` up to, but without, `x1, y1`. */
export interface Bounds {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

interface TileHeader {
  coding: CodingStyle;
  quantization: Quantization;
}

/** A part of the picture that is coded by itself; its edges are on the reference grid, B.3. */
export interface Tile extends TileHeader {
  bounds: Bounds;
  /** Begin and end in the stream of the packets in each of its tile-parts. */
  parts: { start: number; end: number }[];
}

/** A JPEG 2000 codestream of one component, ISO/IEC 15444-1 annex A. */
export interface Codestream {
  /** Of the picture on the reference grid. */
  bounds: Bounds;
  precision: number;
  isSigned: boolean;
  tiles: Tile[];
}

interface Size extends Omit<Codestream, "tiles"> {
  tileCount: number;
  tileBounds(index: number): Bounds;
}

const marker = {
  size: 0xff51,
  codingStyle: 0xff52,
  quantization: 0xff5c,
  tilePart: 0xff90,
  data: 0xff93,
};
/** These say nothing about how to decode: tile and packet lengths, registration, comment. */
const remarks = [0xff55, 0xff57, 0xff58, 0xff63, 0xff64];
const largestPrecision = 16;
/** A tile's index has 16 bits. */
const mostTiles = 65_535;

/**
 * Reads the headers of a codestream.
 *
 * @returns undefined where the stream has what OpenJPEG alone decodes here: several components, unusual code-block styles,
 *   regions of interest, packed packet headers, changes of progression
 * @throws Error with a clause that says what is wrong with the stream
 */
export function readCodestream(stream: Uint8Array): Codestream | undefined {
  const segments = new Segments(stream);
  segments.next();
  const size = readSize(segments.parameters);
  const main = size && readHeaders(segments, marker.tilePart);
  if (size === undefined || main === undefined) return undefined;
  const tiles = new Map<number, Tile>();
  while (segments.marker === marker.tilePart) {
    const { start, parameters } = segments;
    if (parameters.byteLength < 8) throw new Error("a tile-part header that is not whole");
    const index = parameters.getUint16(0);
    const partBytes = parameters.getUint32(2);
    const headers = readHeaders(segments, marker.data, tiles.get(index) ?? main);
    if (headers === undefined) return undefined;
    const tile = tiles.get(index) ?? { bounds: size.tileBounds(index), ...headers, parts: [] };
    const end = partBytes === 0 ? stream.length : Math.min(stream.length, start + partBytes);
    if (end < segments.end) throw new Error("a tile-part of an impossible length");
    tile.parts.push({ start: segments.end, end });
    tiles.set(index, tile);
    segments.end = end;
    segments.next();
  }
  if (tiles.size < size.tileCount) throw new Error("tiles are missing");
  return { ...size, tiles: [...tiles.values()] };
}

/** Reads segments up to the marker `until`; what a tile-part does not say, an earlier header has said. */
function readHeaders(segments: Segments, until: number, known?: TileHeader): TileHeader | undefined {
  let coding = known?.coding;
  let quantization = known?.quantization;
  while (segments.next() !== until) {
    const { parameters } = segments;
    if (segments.marker === marker.codingStyle) {
      coding = readCodingStyle(parameters);
      if (coding === undefined) return undefined;
    } else if (segments.marker === marker.quantization) quantization = readQuantization(parameters);
    else if (segments.marker === 0) throw new Error("a header without an end");
    else if (!remarks.includes(segments.marker)) return undefined;
  }
  if (coding === undefined || quantization === undefined) throw new Error("a header is missing");
  if (quantization.steps.length < 3 * coding.levels + 1) throw new Error("a quantisation that is not whole");
  return { coding, quantization };
}

/** A.5.1. */
function readSize(parameters: DataView): Size | undefined {
  if (parameters.byteLength < 39) throw new Error("a size that is not whole");
  const at = (position: number): number => parameters.getUint32(position);
  const bounds = { x0: at(10), y0: at(14), x1: at(2), y1: at(6) };
  const tile = { width: at(18), height: at(22), x0: at(26), y0: at(30) };
  const components = parameters.getUint16(34);
  const depth = parameters.getUint8(36);
  const precision = (depth & 0x7f) + 1;
  const isSubsampled = parameters.getUint16(37) !== 0x0101;
  if (components !== 1 || isSubsampled || precision > largestPrecision) return undefined;
  const across = Math.ceil((bounds.x1 - tile.x0) / tile.width);
  const tileCount = across * Math.ceil((bounds.y1 - tile.y0) / tile.height);
  const isPossible =
    bounds.x0 < bounds.x1 &&
    bounds.y0 < bounds.y1 &&
    tileCount <= mostTiles &&
    tile.x0 <= bounds.x0 &&
    tile.y0 <= bounds.y0 &&
    tile.x0 + tile.width > bounds.x0 &&
    tile.y0 + tile.height > bounds.y0;
  if (!isPossible) throw new Error("tiles that do not cover the picture");
  const tileBounds = (index: number): Bounds => {
    const left = tile.x0 + (index % across) * tile.width;
    const top = tile.y0 + Math.floor(index / across) * tile.height;
    const x0 = Math.max(left, bounds.x0);
    const y0 = Math.max(top, bounds.y0);
    const x1 = Math.min(left + tile.width, bounds.x1);
    const y1 = Math.min(top + tile.height, bounds.y1);
    if (x0 >= x1 || y0 >= y1) throw new Error("a tile outside the picture");
    return { x0, y0, x1, y1 };
  };
  return { bounds, precision, isSigned: depth >= 0x80, tileCount, tileBounds };
}
