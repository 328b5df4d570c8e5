import { type GreyImage, rowOf } from "../grey-image.ts";
import { symbolOfLength } from "../png/length-symbols.ts";
import type { PngStream } from "./kernels.ts";

/** Shortest and longest match. */
const shortest = 3;
const longest = 258;
/** Runs begin only where a whole block of this size lies ahead: the SIMD kernels look at one vector. */
const blockBytes = 16;

/** PNG's filters (PNG specification, third edition, section 9) and deflate's symbols (RFC 1951), step by step. */
export function plainPngStream(image: GreyImage): PngStream {
  const pixelBytes = image.pixels.BYTES_PER_ELEMENT;
  const rowBytes = image.width * pixelBytes;
  let taken = new Uint8Array(0);
  let checksum = { a: 1, b: 0 };
  let held = 0;
  let heldCount = 0;

  const bytesOf = (y: number): Uint8Array => {
    if (y < 0) return new Uint8Array(rowBytes);
    const row = rowOf(image, y);
    if (row instanceof Uint8Array) return row;
    return Uint8Array.from(
      { length: rowBytes },
      (_, index) => ((row[index >> 1] ?? 0) >> (index % 2 === 0 ? 8 : 0)) & 0xff,
    );
  };

  return {
    filter(from, to) {
      taken = new Uint8Array((to - from) * (rowBytes + 1));
      for (let y = from; y < to; y++)
        taken.set(filteredRow(bytesOf(y), bytesOf(y - 1), pixelBytes), (y - from) * (rowBytes + 1));
      for (const byte of taken) {
        const a = (checksum.a + byte) % 65521;
        checksum = { a, b: (checksum.b + a) % 65521 };
      }
    },

    countSymbols() {
      const counts = new Uint32Array(286);
      for (const { symbol } of symbolsOf(taken)) counts[symbol] = (counts[symbol] ?? 0) + 1;
      return counts;
    },

    write(head, codes) {
      const bytes: number[] = [];
      const append = (bits: number, count: number): void => {
        for (let bit = 0; bit < count; bit++) {
          held |= ((bits >>> bit) & 1) << heldCount++;
          if (heldCount < 8) continue;
          bytes.push(held);
          held = heldCount = 0;
        }
      };
      for (const [bits, count] of head) append(bits, count);
      for (const { symbol, extra, extraBits } of symbolsOf(taken)) {
        const code = codes[symbol] ?? 0;
        append(code & 0xffff, code >>> 16);
        append(extra, extraBits);
        if (symbol > 256) append(0, 1); // distance 1
      }
      const endOfBlock = codes[256] ?? 0;
      append(endOfBlock & 0xffff, endOfBlock >>> 16);
      return Uint8Array.from(bytes);
    },

    finish: () => (heldCount > 0 ? Uint8Array.of(held) : new Uint8Array(0)),
    adler32: () => ((checksum.b << 16) | checksum.a) >>> 0,
  };
}

/** The filter's number and the row, by the filter with the smallest sum of absolute differences. */
function filteredRow(row: Uint8Array, above: Uint8Array, pixelBytes: number): Uint8Array {
  let best = new Uint8Array(0);
  let least = Infinity;
  for (const [index, predict] of [fromLeft, fromAbove, fromBoth, paeth].entries()) {
    const filtered = new Uint8Array(row.length + 1);
    filtered[0] = index + 1;
    let sum = 0;
    for (const [x, byte] of row.entries()) {
      const difference = byte - predict(row[x - pixelBytes] ?? 0, above[x] ?? 0, above[x - pixelBytes] ?? 0);
      filtered[x + 1] = difference; // wraps at 256
      sum += Math.abs((difference << 24) >> 24);
    }
    if (sum < least) [best, least] = [filtered, sum];
  }
  return best;
}

type Predict = (left: number, above: number, corner: number) => number;

const fromLeft: Predict = (left) => left;
const fromAbove: Predict = (_, above) => above;
const fromBoth: Predict = (left, above) => (left + above) >> 1;
const paeth: Predict = (left, above, corner) => {
  const estimate = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((near) => Math.abs(estimate - near)) as [
    number,
    number,
    number,
  ]; // a map over three gives three
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
};

interface Symbol {
  symbol: number;
  extra: number;
  extraBits: number;
}

const literal = (byte: number): Symbol => ({ symbol: byte, extra: 0, extraBits: 0 });

/** Literals, and matches of distance 1 where three bytes or more equal the one before them. */
function* symbolsOf(bytes: Uint8Array): Generator<Symbol> {
  const equalsPrevious = (at: number): boolean => bytes[at] === bytes[at - 1];
  let at = 0;
  if (bytes.length > 0) yield literal(bytes[at++] ?? 0);
  while (at < bytes.length) {
    const start = at;
    let runs = false;
    if (at + blockBytes <= bytes.length)
      for (; !runs && at <= start + blockBytes - shortest; at++)
        runs = equalsPrevious(at) && equalsPrevious(at + 1) && equalsPrevious(at + 2);
    const stop = runs ? at - 1 : Math.min(start + blockBytes, bytes.length);
    for (at = start; at < stop; at++) yield literal(bytes[at] ?? 0);
    if (!runs) continue;
    const value = bytes[at - 1];
    let end = at;
    while (end < bytes.length && bytes[end] === value) end++;
    for (; end - at >= shortest; at += Math.min(end - at, longest)) yield symbolOfLength(Math.min(end - at, longest));
  }
}
