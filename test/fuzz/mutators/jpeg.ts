import { between, boundaryBytes, boundaryWords, chance, pick, randomBytes } from "../dice.ts";
import { replaced } from "../elements.ts";
import type { StreamMutator } from "./mutator.ts";

/** A marker segment of a JPEG or JPEG-LS stream (T.81 B.1.1.4): `at` its FF, `parametersAt` behind its length. */
interface Segment {
  marker: number;
  at: number;
  parametersAt: number;
  end: number;
}

const markers = [
  0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc9, 0xd8, 0xd9, 0xda, 0xdb, 0xdd, 0xde, 0xe0, 0xf7, 0xf8, 0xfe, 0xff, 0x01,
];

function segmentsOf(stream: Buffer): Segment[] {
  const segments: Segment[] = [];
  for (let at = 2; at + 4 <= stream.length && stream[at] === 0xff;) {
    const marker = stream[at + 1]!;
    const end = at + 2 + stream.readUInt16BE(at + 2);
    segments.push({ marker, at, parametersAt: at + 4, end: Math.min(end, stream.length) });
    if (marker === 0xda) break;
    at = end;
  }
  return segments;
}

const forgeSegmentLength: StreamMutator = (stream, random) => {
  const segments = segmentsOf(stream);
  if (segments.length === 0) return undefined;
  const { marker, at } = pick(random, segments);
  const length = chance(random, 0.5)
    ? pick(random, boundaryWords)
    : stream.readUInt16BE(at + 2) + between(random, -4, 4);
  stream.writeUInt16BE(length & 0xffff, at + 2);
  return { bytes: stream, how: `length of JPEG segment ${marker.toString(16)} is ${length}` };
};

const changeSegments: StreamMutator = (stream, random) => {
  const segments = segmentsOf(stream);
  if (segments.length === 0) return undefined;
  const { marker, at, end } = pick(random, segments);
  const own = stream.subarray(at, end);
  const change = pick(random, ["removed", "repeated", "moved to the front", "with another marker"] as const);
  if (change === "with another marker") stream[at + 1] = pick(random, markers);
  const bytes = {
    removed: () => replaced(stream, at, end, Buffer.alloc(0)),
    repeated: () => replaced(stream, at, at, own),
    "moved to the front": () => replaced(replaced(stream, at, end, Buffer.alloc(0)), 2, 2, own),
    "with another marker": () => stream,
  }[change]();
  return { bytes, how: `JPEG segment ${marker.toString(16)} ${change}` };
};

/** Any parameter: precision, size, sampling, tables, predictor, restart interval, JPEG-LS presets. */
const forgeParameter: StreamMutator = (stream, random) => {
  const segments = segmentsOf(stream).filter(({ parametersAt, end }) => end > parametersAt);
  if (segments.length === 0) return undefined;
  const { marker, parametersAt, end } = pick(random, segments);
  const at = between(random, parametersAt, end - 1);
  const value = chance(random, 0.6) ? pick(random, [...boundaryBytes, 2, 7, 8, 12, 16, 17]) : random.below(256);
  stream[at] = value;
  return { bytes: stream, how: `byte ${at - parametersAt} of JPEG segment ${marker.toString(16)} is ${value}` };
};

/** Huffman tables (T.81 B.2.4.2) that count more codes than there are, or none, or leave none for a length. */
const forgeHuffman: StreamMutator = (stream, random) => {
  const tables = segmentsOf(stream).filter(
    ({ marker, parametersAt, end }) => marker === 0xc4 && end - parametersAt >= 17,
  );
  if (tables.length === 0) return undefined;
  const { parametersAt, end } = pick(random, tables);
  const count = between(random, 1, 16);
  for (let change = 0; change < count; change++)
    stream[parametersAt + between(random, 1, 16)] = pick(random, [0, 1, 2, 3, 16, 255]);
  if (chance(random, 0.5)) stream.fill(pick(random, [0, 15, 16, 17, 0xf0, 0xff]), parametersAt + 17, end);
  return { bytes: stream, how: `${count} counts of a Huffman table forged` };
};

const forgeEntropyCoded: StreamMutator = (stream, random) => {
  const start = segmentsOf(stream).at(-1)?.end ?? 0;
  if (start + 4 >= stream.length) return undefined;
  const at = between(random, start, stream.length - 3);
  const piece = pick(random, [
    Buffer.from([0xff, 0xd0 + random.below(8)]),
    Buffer.from([0xff, 0xd9]),
    Buffer.from([0xff, pick(random, markers)]),
    Buffer.alloc(between(random, 1, 64), pick(random, [0, 0xff])),
    randomBytes(random, between(random, 1, 16)),
  ]);
  const isInserted = chance(random, 0.5);
  const bytes = replaced(stream, at, isInserted ? at : Math.min(stream.length, at + piece.length), piece);
  return {
    bytes,
    how: `${piece.toString("hex").slice(0, 12)} ${isInserted ? "into" : "over"} the entropy-coded bytes at ${at}`,
  };
};

/** For JPEG baseline, extended, lossless and JPEG-LS. */
export const jpegStreamMutators: readonly StreamMutator[] = [
  forgeSegmentLength,
  changeSegments,
  forgeParameter,
  forgeHuffman,
  forgeEntropyCoded,
];

/** The stream with another size in its frame header; unchanged where it has none. */
export function withJpegSize(stream: Buffer, rows: number, columns: number): Buffer {
  const bytes = Buffer.from(stream);
  const frame = segmentsOf(bytes).find(({ marker }) => marker === 0xf7 || (marker >= 0xc0 && marker <= 0xc3));
  if (frame === undefined || frame.end - frame.parametersAt < 5) return bytes;
  bytes.writeUInt16BE(rows & 0xffff, frame.parametersAt + 1);
  bytes.writeUInt16BE(columns & 0xffff, frame.parametersAt + 3);
  return bytes;
}
