// JPEG Lossless (T.81 annex H), row by row: differences, then predictions; src/codecs/jpeg-lossless.ts steers.

import { bits, held, isOverrun, keepBits, refill } from "./jpeg-bits";
import { TABLE_BYTES, codeAt, extend, fillTable } from "./jpeg-huffman";
import { CORRUPT, OK, OVERRUN } from "./status";

/** Bits that are looked up at once. */
const LOOK: i32 = 12;
const table = memory.data(TABLE_BYTES, 16);
/** For each LOOK bits that may come next: bits taken | samples << 8 | difference << 16; 0: too long to be in here. */
const fast = memory.data(4 << 12, 16);
/** The differences of a row. */
const row = memory.data(2 * (65536 + 16), 16);

/** Takes a Huffman table as it lies in a stream: 16 counts by code length, then the symbols. */
export function losslessTable(counts: usize): void {
  fillTable(table, counts);
  for (let index = 0; index < 1 << LOOK; index++) {
    const next: u32 = index << (16 - LOOK);
    const code = codeAt(table, next);
    const length: i32 = code >> 8;
    const size: i32 = code & 255;
    let entry: u32 = 0;
    if (code !== 0 && size === 0 && length <= LOOK) {
      // Equal neighbours, which most of a mammogram's background is: as many as there are in these bits.
      const zeros = min(zerosIn(index, length), 255);
      entry = (zeros * length) | (zeros << 8);
    } else if (code !== 0 && size < 16 && length + size <= LOOK) {
      const value = (index >> (LOOK - length - size)) & ((1 << size) - 1);
      entry = (length + size) | (1 << 8) | (extend(value, size) << 16);
    }
    store<u32>(fast + (index << 2), entry);
  }
}

/** How often the code of `length` bits at the top of LOOK bits follows itself. */
function zerosIn(index: i32, length: i32): i32 {
  const code = index >> (LOOK - length);
  let zeros = 1;
  for (let left = LOOK - 2 * length; left >= 0; left -= length, zeros++)
    if (((index >> left) & ((1 << length) - 1)) !== code) break;
  return zeros;
}

/** Decodes the differences of a row of `columns` samples, 65,536 at most. */
export function losslessDifferences(columns: i32): i32 {
  let value = bits;
  let number = held;
  memory.fill(row, 0, 2 * (columns + 16));
  let column = 0;
  while (column < columns) {
    if (number < 32) {
      value = refill(value, number);
      number = held;
    }
    let entry = load<u32>(fast + <usize>((value >> (64 - LOOK)) << 2));
    if (entry === 0 || column + LOOK > columns) {
      entry = oneDifference(value);
      if (entry === 0) return CORRUPT;
    }
    store<u16>(row + (column << 1), entry >> 16);
    column += (entry >> 8) & 255;
    value <<= entry & 255;
    number -= entry & 255;
  }
  keepBits(value, number);
  return isOverrun() ? OVERRUN : OK;
}

/** One difference, of any length, in the form of `fast`. */
function oneDifference(value: u64): u32 {
  const code = codeAt(table, <u32>(value >> 48));
  if (code === 0) return 0;
  const length: u32 = code >> 8;
  const size: u32 = code & 255;
  if (size === 0) return length | (1 << 8);
  if (size === 16) return length | (1 << 8) | (32768 << 16);
  const extra = <i32>((value << length) >> (64 - size));
  return (length + size) | (1 << 8) | (extend(extra, size) << 16);
}

/**
 * Adds the differences to what precedes each sample in its row, beginning with `first`: the rows that have none above.
 * All of these write up to 7 samples beyond the row.
 */
export function losslessFirstRow(to: usize, columns: i32, first: i32): void {
  let sum = v128.splat<u16>(<u16>first);
  for (let at: usize = 0; at < (<usize>columns) << 1; at += 16) {
    sum = runningSum(v128.load(row + at), sum);
    v128.store(to + at, sum);
  }
}

/** Adds the differences to the prediction of selection value 1 to 7 (T.81 table H.1); `above` is the row above. */
export function losslessRow(selection: i32, above: usize, to: usize, columns: i32): void {
  const bytes = (<usize>columns) << 1;
  const first = load<u16>(above) + load<u16>(row);
  switch (selection) {
    case 1:
      losslessFirstRow(to, columns, load<u16>(above));
      return;
    case 2:
      for (let at: usize = 0; at < bytes; at += 16)
        v128.store(to + at, v128.add<i16>(v128.load(above + at), v128.load(row + at)));
      return;
    case 3:
      store<u16>(to, first);
      for (let at: usize = 2; at < bytes; at += 16)
        v128.store(to + at, v128.add<i16>(v128.load(above + at - 2), v128.load(row + at)));
      return;
    case 4: {
      let sum = v128.splat<u16>(0); // of a sample less the one above it
      for (let at: usize = 0; at < bytes; at += 16) {
        sum = runningSum(v128.load(row + at), sum);
        v128.store(to + at, v128.add<i16>(sum, v128.load(above + at)));
      }
      return;
    }
    case 5: {
      store<u16>(to, first);
      let sum = v128.splat<u16>(first);
      for (let at: usize = 2; at < bytes; at += 16) {
        const half = halfDifference(v128.load(above + at), v128.load(above + at - 2));
        sum = runningSum(v128.add<i16>(half, v128.load(row + at)), sum);
        v128.store(to + at, sum);
      }
      return;
    }
    case 6: {
      let left: i32 = first;
      store<u16>(to, first);
      for (let at: usize = 2; at < bytes; at += 2) {
        const corner: i32 = load<u16>(above + at - 2);
        const prediction = <i32>load<u16>(above + at) + ((left - corner) >> 1);
        left = (prediction + load<u16>(row + at)) & 0xffff;
        store<u16>(to + at, left);
      }
      return;
    }
    default: {
      let left: i32 = first;
      store<u16>(to, first);
      for (let at: usize = 2; at < bytes; at += 2) {
        left = (((left + load<u16>(above + at)) >> 1) + load<u16>(row + at)) & 0xffff;
        store<u16>(to + at, left);
      }
    }
  }
}

/** Sums of the lanes up to each, and of the last lane of `before`. */
function runningSum(lanes: v128, before: v128): v128 {
  const none = v128.splat<u16>(0);
  let sum = lanes;
  sum = v128.add<i16>(sum, i8x16.shuffle(none, sum, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29));
  sum = v128.add<i16>(sum, i8x16.shuffle(none, sum, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
  sum = v128.add<i16>(sum, i8x16.shuffle(none, sum, 0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23));
  return v128.add<i16>(
    sum,
    i8x16.shuffle(before, before, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15),
  );
}

/** (a - b) >> 1 of unsigned lanes, without the 17th bit that a - b has. */
function halfDifference(a: v128, b: v128): v128 {
  const halves = v128.sub<i16>(v128.shr<u16>(a, 1), v128.shr<u16>(b, 1));
  return v128.sub<i16>(halves, v128.and(v128.andnot(b, a), v128.splat<u16>(1)));
}
