import type { Random } from "@mammoflow/runtime";
import { between, boundaryBytes, boundaryLongs, chance, pick } from "../dice.ts";
import { replaced } from "../elements.ts";
import type { Mutated, StreamMutator } from "./mutator.ts";

/** A marker segment of the main header or of the first tile-part header, ISO/IEC 15444-1 A. */
interface Segment {
  marker: number;
  at: number;
  end: number;
}

const siz = 0xff51;
const cod = 0xff52;
const sot = 0xff90;
const sod = 0xff93;

function segmentsOf(stream: Buffer): Segment[] {
  const segments: Segment[] = [];
  const start = stream.indexOf("ff4fff51", 0, "hex");
  if (start === -1) return [];
  for (let at = start + 2; at + 4 <= stream.length;) {
    const marker = stream.readUInt16BE(at);
    if (marker < 0xff00 || marker === sod) break;
    const end = at + 2 + stream.readUInt16BE(at + 2);
    if (end > stream.length) break;
    segments.push({ marker, at, end });
    at = end;
  }
  return segments;
}

function forgedField(
  stream: Buffer,
  random: Random,
  marker: number,
  fields: readonly [name: string, offset: number, bytes: 1 | 2 | 4, values: readonly number[]][],
): Mutated | undefined {
  const segment = segmentsOf(stream).find((other) => other.marker === marker);
  if (segment === undefined) return undefined;
  const [name, offset, size, values] = pick(random, fields);
  if (segment.at + offset + size > stream.length) return undefined;
  const value = pick(random, values);
  stream.writeUIntBE(size === 4 ? value : value & (2 ** (8 * size) - 1), segment.at + offset, size);
  return { bytes: stream, how: `${name} is ${value}` };
}

const sizes = [...boundaryLongs, 37, 42, 64, 1000, 65_535, 100_000];
const small = [...boundaryBytes, 2, 3, 4, 5, 8, 15, 16, 32, 33];

/** A.5.1: size of grid, image and tiles, components, their depth and spacing. */
const forgeSize: StreamMutator = (stream, random) =>
  forgedField(stream, random, siz, [
    ["Rsiz", 4, 2, small],
    ["Xsiz", 6, 4, sizes],
    ["Ysiz", 10, 4, sizes],
    ["XOsiz", 14, 4, sizes],
    ["YOsiz", 18, 4, sizes],
    ["XTsiz", 22, 4, sizes],
    ["YTsiz", 26, 4, sizes],
    ["XTOsiz", 30, 4, sizes],
    ["YTOsiz", 34, 4, sizes],
    ["Csiz", 38, 2, [0, 1, 2, 3, 4, 255, 16384, 16385, 65535]],
    ["Ssiz", 40, 1, [0, 7, 15, 16, 31, 37, 38, 127, 128, 135, 143, 166, 255]],
    ["XRsiz", 41, 1, small],
    ["YRsiz", 42, 1, small],
  ]);

/** Tiles so small that there are very many, the image itself as it was. */
const shrinkTiles: StreamMutator = (stream, random) => {
  const segment = segmentsOf(stream).find(({ marker }) => marker === siz);
  if (segment === undefined) return undefined;
  const side = pick(random, [1, 2, 3]);
  stream.writeUInt32BE(side, segment.at + 22);
  stream.writeUInt32BE(side, segment.at + 26);
  return { bytes: stream, how: `tiles of ${side} x ${side}` };
};

/** A.6.1: style, progression, layers, levels, code-blocks, wavelet, precincts. */
const forgeCodingStyle: StreamMutator = (stream, random) =>
  forgedField(stream, random, cod, [
    ["Scod", 4, 1, small],
    ["progression", 5, 1, small],
    ["layers", 6, 2, [0, 1, 2, 255, 32768, 65535]],
    ["component transformation", 8, 1, small],
    ["levels", 9, 1, small],
    ["code-block width", 10, 1, small],
    ["code-block height", 11, 1, small],
    ["code-block style", 12, 1, small],
    ["wavelet", 13, 1, small],
    ["precinct", 14, 1, small],
  ]);

/** A.4.2: index and length of a tile-part. */
const forgeTilePart: StreamMutator = (stream, random) =>
  forgedField(stream, random, sot, [
    ["Isot", 4, 2, [0, 1, 2, 255, 65534, 65535]],
    ["Psot", 6, 4, [...boundaryLongs, 12, 14]],
    ["TPsot", 10, 1, small],
    ["TNsot", 11, 1, small],
  ]);

const changeSegments: StreamMutator = (stream, random) => {
  const segments = segmentsOf(stream);
  if (segments.length === 0) return undefined;
  const { marker, at, end } = pick(random, segments);
  const own = stream.subarray(at, end);
  const change = pick(random, [
    "removed",
    "repeated",
    "with another length",
    "with another marker",
    "with a byte changed",
  ] as const);
  if (change === "with another length") stream.writeUInt16BE(pick(random, [0, 1, 2, 3, end - at, 65535]), at + 2);
  if (change === "with another marker")
    stream[at + 1] = pick(
      random,
      [0x51, 0x52, 0x53, 0x55, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x63, 0x64, 0x90, 0x91, 0x93, 0xd9],
    );
  if (change === "with a byte changed" && end > at + 4) stream[between(random, at + 4, end - 1)] = random.below(256);
  const bytes =
    change === "removed"
      ? replaced(stream, at, end, Buffer.alloc(0))
      : change === "repeated"
        ? replaced(stream, at, at, own)
        : stream;
  return { bytes, how: `JPEG 2000 segment ${marker.toString(16)} ${change}` };
};

/** Packet headers and code-blocks. */
const forgeTileData: StreamMutator = (stream, random) => {
  const start = stream.indexOf("ff93", 0, "hex");
  if (start === -1 || start + 6 > stream.length) return undefined;
  const count = between(random, 1, 8);
  for (let change = 0; change < count; change++)
    stream[between(random, start + 2, stream.length - 3)] = chance(random, 0.5)
      ? random.below(256)
      : pick(random, boundaryBytes);
  return { bytes: stream, how: `${count} bytes of tile data changed` };
};

/** For JPEG 2000 and HTJ2K. */
export const jpeg2000StreamMutators: readonly StreamMutator[] = [
  forgeSize,
  shrinkTiles,
  forgeCodingStyle,
  forgeTilePart,
  changeSegments,
  forgeTileData,
  forgeTileData,
];

/** The stream with an image of another size on the same tiles; unchanged where it has no SIZ segment. */
export function withCodestreamSize(stream: Buffer, rows: number, columns: number): Buffer {
  const bytes = Buffer.from(stream);
  const segment = segmentsOf(bytes).find(({ marker }) => marker === siz);
  if (segment === undefined) return bytes;
  bytes.writeUInt32BE(columns, segment.at + 6);
  bytes.writeUInt32BE(rows, segment.at + 10);
  bytes.writeUInt32BE(columns, segment.at + 22);
  bytes.writeUInt32BE(rows, segment.at + 26);
  return bytes;
}
