// Sequential JPEG with Huffman codes (T.81 annex F): one row of blocks after the other; src/codecs/jpeg-sequential.ts steers.

import { inverseDct } from "./inverse-dct";
import { bits, held, isOverrun, keepBits, refill, restart } from "./jpeg-bits";
import { TABLE_BYTES, codeAt, extend, fillTable } from "./jpeg-huffman";
import { CORRUPT, OK, OVERRUN } from "./status";

/** Bits that are looked up at once. */
const LOOK: i32 = 12;
const dcTable = memory.data(TABLE_BYTES, 16);
const acTable = memory.data(TABLE_BYTES, 16);
/** For each LOOK bits that may come next: bits taken | places to go on << 8 | value << 16; 0: too long to be in here. */
const fast = memory.data(4 << 12, 16);
/** In place of places to go on: the rest of the block is zero. */
const END_OF_BLOCK: u32 = 128;
const block = memory.data(256, 16);
const samples = memory.data(128, 16);
/** By place in zigzag order: position in the block in bytes, and quantisation step. */
const positions = memory.data(64, 16);
const steps = memory.data(256, 16);

let dc: i32 = 0;
let untilRestart: i32 = 0;
let interval: i32 = 0;
let precision: i32 = 0;

/**
 * Sets what is the same for a whole scan: Huffman tables as for `losslessTable`; by place in zigzag order 64 positions in the
 * block (u8) and 64 quantisation steps (u16).
 */
export function sequentialBegin(
  dcCounts: usize,
  acCounts: usize,
  zigzag: usize,
  quantization: usize,
  restartInterval: i32,
  sampleBits: i32,
): void {
  fillTable(dcTable, dcCounts);
  fillTable(acTable, acCounts);
  for (let index = 0; index < 1 << LOOK; index++) {
    const entry = acEntry((<u64>index) << (64 - LOOK));
    store<u32>(fast + (index << 2), (entry & 255) <= <u32>LOOK ? entry : 0);
  }
  for (let place = 0; place < 64; place++) {
    store<u8>(positions + place, load<u8>(zigzag + place) << 2);
    store<i32>(steps + (place << 2), load<u16>(quantization + (place << 1)));
  }
  dc = 0;
  interval = restartInterval;
  untilRestart = restartInterval;
  precision = sampleBits;
}

/** The coefficient, end of block or run of zeros that 64 bits begin with, in the form of `fast`; 0 where there is no code. */
function acEntry(value: u64): u32 {
  const code = codeAt(acTable, <u32>(value >> 48));
  if (code === 0) return 0;
  const length: u32 = code >> 8;
  const zeros: u32 = (code >> 4) & 15;
  const size: u32 = code & 15;
  if (size === 0) return length | ((zeros === 15 ? 16 : END_OF_BLOCK) << 8);
  const extra = <i32>((value << length) >> (64 - size));
  return (length + size) | ((zeros + 1) << 8) | (extend(extra, size) << 16);
}

/** Decodes a row of blocks into `rows` (8 at most) lines of `columns` samples of 16 bits. */
export function sequentialRow(to: usize, columns: i32, rows: i32): i32 {
  for (let left = 0; left < columns; left += 8) {
    if (interval > 0) {
      if (untilRestart === 0) {
        if (!restart()) return OVERRUN;
        dc = 0;
        untilRestart = interval;
      }
      untilRestart--;
    }
    const status = decodeBlock();
    if (status !== OK) return status;
    let line = to + (left << 1);
    if (left + 8 <= columns && rows === 8)
      for (let at: usize = 0; at < 128; at += 16, line += columns << 1) v128.store(line, v128.load(samples + at));
    else
      for (let row = 0; row < rows; row++, line += columns << 1)
        memory.copy(line, samples + (row << 4), min(8, columns - left) << 1);
  }
  return OK;
}

function decodeBlock(): i32 {
  let value = bits;
  let number = held;
  if (number < 32) {
    value = refill(value, number);
    number = held;
  }
  const code = codeAt(dcTable, <u32>(value >> 48));
  if (code === 0) return CORRUPT;
  const size = <i32>(code & 255);
  value <<= code >> 8;
  if (size > 0) {
    dc += extend(<i32>(value >> (64 - size)), size);
    value <<= size;
  }
  number -= (code >> 8) + size;

  const first = dc * load<i32>(steps);
  let isFlat = true;
  let place = 1;
  while (place < 64) {
    if (number < 32) {
      value = refill(value, number);
      number = held;
    }
    let entry = load<u32>(fast + <usize>((value >> (64 - LOOK)) << 2));
    if (entry === 0) {
      entry = acEntry(value);
      if (entry === 0) return CORRUPT;
    }
    value <<= entry & 255;
    number -= entry & 255;
    const onward = (entry >> 8) & 255;
    if (onward === END_OF_BLOCK) break;
    place += onward;
    if (place > 64) return CORRUPT;
    if (isFlat) {
      memory.fill(block, 0, 256);
      isFlat = false;
    }
    const coefficient = (<i32>entry >> 16) * load<i32>(steps + ((place - 1) << 2));
    store<i32>(block + load<u8>(positions + place - 1), coefficient);
  }
  keepBits(value, number);
  if (isOverrun()) return OVERRUN;

  const middle = 1 << (precision - 1);
  const extraBits = precision === 8 ? 2 : 1;
  if (isFlat) {
    const level = (((first << extraBits) + (1 << (extraBits + 2))) >> (extraBits + 3)) + middle;
    const values = v128.splat<u16>(<u16>max(0, min(2 * middle - 1, level)));
    for (let at: usize = 0; at < 128; at += 16) v128.store(samples + at, values);
    return OK;
  }
  store<i32>(block, first);
  inverseDct(block, extraBits);
  storeSamples(middle);
  return OK;
}

/** Shifts the level (T.81 A.3.1), clamps, and turns columns of 32 into rows of 16 bits. */
function storeSamples(middle: i32): void {
  const c0 = column(block, middle);
  const c1 = column(block + 32, middle);
  const c2 = column(block + 64, middle);
  const c3 = column(block + 96, middle);
  const c4 = column(block + 128, middle);
  const c5 = column(block + 160, middle);
  const c6 = column(block + 192, middle);
  const c7 = column(block + 224, middle);
  const low01 = v128.shuffle<i16>(c0, c1, 0, 8, 1, 9, 2, 10, 3, 11);
  const low23 = v128.shuffle<i16>(c2, c3, 0, 8, 1, 9, 2, 10, 3, 11);
  const low45 = v128.shuffle<i16>(c4, c5, 0, 8, 1, 9, 2, 10, 3, 11);
  const low67 = v128.shuffle<i16>(c6, c7, 0, 8, 1, 9, 2, 10, 3, 11);
  storeRows(samples, low01, low23, low45, low67);
  const high01 = v128.shuffle<i16>(c0, c1, 4, 12, 5, 13, 6, 14, 7, 15);
  const high23 = v128.shuffle<i16>(c2, c3, 4, 12, 5, 13, 6, 14, 7, 15);
  const high45 = v128.shuffle<i16>(c4, c5, 4, 12, 5, 13, 6, 14, 7, 15);
  const high67 = v128.shuffle<i16>(c6, c7, 4, 12, 5, 13, 6, 14, 7, 15);
  storeRows(samples + 64, high01, high23, high45, high67);
}

function column(at: usize, middle: i32): v128 {
  const values = i16x8.narrow_i32x4_s(v128.load(at), v128.load(at, 16));
  const shifted = v128.add_sat<i16>(values, v128.splat<i16>(<i16>middle));
  return v128.max<i16>(v128.splat<i16>(0), v128.min<i16>(v128.splat<i16>(<i16>(2 * middle - 1)), shifted));
}

/** Four rows of eight, given as pairs of neighbours by row. */
function storeRows(to: usize, p01: v128, p23: v128, p45: v128, p67: v128): void {
  const left01 = v128.shuffle<i32>(p01, p23, 0, 4, 1, 5);
  const left23 = v128.shuffle<i32>(p01, p23, 2, 6, 3, 7);
  const right01 = v128.shuffle<i32>(p45, p67, 0, 4, 1, 5);
  const right23 = v128.shuffle<i32>(p45, p67, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(left01, right01, 0, 2));
  v128.store(to, v128.shuffle<i64>(left01, right01, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(left23, right23, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(left23, right23, 1, 3), 48);
}
