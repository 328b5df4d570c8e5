// Code-blocks of JPEG 2000 (ISO/IEC 15444-1 annex D): bit planes of coefficients, three passes a plane.
//
// Coefficients lie in stripes of four rows, column by column: sign in bit 31, below it the magnitude with one bit behind the
// point, which rounds what was cut off to its middle. A column of a stripe has a word of flags: significance of its
// 3 x 6 neighbourhood in bits 3 * (row + 1) + (column + 1), row -1 to 4, column -1 to 1; from VISITED on, every third bit, whether
// the significance pass of this plane has been at a row.

import { chosenLanes, fillBlockTables, signContexts, zeroContexts } from "./block-tables";
import { advanced, beginCode, lessProbable, setContext, zeroWhereMore } from "./mq-decoder";

/** What lies before is read, though nothing comes of it, as the stripe above the first. */
export const coefficients = memory.data(16384 + 4 * 8192, 16) + 16384;
const flags = memory.data(4 * 4096, 16);
const contexts = memory.data(19 * 16, 16);
/** Those of refinement; 0 to 8 are of zero coding, 9 to 13 of signs (tables D.1 to D.4). */
const FIRST_REFINEMENT: usize = 14;
const REFINEMENT: usize = 16;
const RUN_LENGTH: usize = 17;
const UNIFORM: usize = 18;

const VISITED: i32 = 18;
/** Every third bit: a column's four rows. */
const ROWS: u32 = 0x249;
/** The eight neighbours of a row, itself left out, when its bits are the lowest. */
const NEIGHBOURS: u32 = 0x1ef;
const SIGNIFICANCE: u32 = 0x3ffff;

/** State of the arithmetic decoder between passes. */
let code: i64 = 0;
export let width: i32 = 0;
export let height: i32 = 0;
/** Words of flags a stripe. */
let stride: usize = 0;

/**
 * Decodes a code-block of `columns` x `rows`, 4,096 at most, of whose bit planes the highest is `planes`; `kind` says whether it
 * is of LL or LH (0), HL (1), HH (2). Its coefficients wait for one of the functions that store them.
 */
export function decodeBlock(
  from: usize,
  to: usize,
  columns: i32,
  rows: i32,
  kind: i32,
  planes: i32,
  passes: i32,
): void {
  fillBlockTables();
  width = columns;
  height = rows;
  stride = (<usize>(columns + 2)) << 2;
  const stripes = (rows + 3) >> 2;
  memory.fill(coefficients, 0, (stripes * columns) << 4);
  memory.fill(flags, 0, stride * (stripes + 2));
  for (let context = 0; context < 19; context++) setContext(contexts + (context << 4), 0);
  setContext(contexts, 4);
  setContext(contexts + (RUN_LENGTH << 4), 3);
  setContext(contexts + (UNIFORM << 4), 46);
  code = beginCode(from, to);
  const table = zeroContexts + (kind << 9);
  let plane = planes;
  for (let pass = 2; pass < passes + 2; pass++) {
    const kindOfPass = pass % 3;
    if (kindOfPass === 0) significancePass(table, plane);
    else if (kindOfPass === 1) refinementPass(plane);
    else cleanupPass(table, plane);
    if (kindOfPass === 2) plane--;
  }
}

/** Rows of a stripe as bits 0, 3, 6, 9. */
function rowsOf(stripe: i32): u32 {
  const rows = min(4, height - (stripe << 2));
  return ROWS & ((1 << (3 * rows)) - 1);
}

/** D.3.1. */
function significancePass(table: usize, plane: i32): void {
  let state = code;
  const value: u32 = 3 << (plane - 1);
  const stripes = (height + 3) >> 2;
  for (let stripe = 0; stripe < stripes; stripe++) {
    const rows = rowsOf(stripe);
    let at = flags + stride * (stripe + 1) + 4;
    let to = coefficients + ((stripe * width) << 4);
    for (const end = at + ((<usize>width) << 2); at < end; at += 4, to += 16) {
      let f = load<u32>(at);
      if (f === 0) continue;
      const near = f | (f >> 1) | (f >> 2);
      let left = (near | (near >> 3) | (near >> 6)) & ~(f >> 4) & rows;
      while (left !== 0) {
        const row = ctz(left);
        left &= left - 1;
        f |= (1 << VISITED) << row;
        const context = contexts + ((<usize>load<u8>(table + ((f >> row) & NEIGHBOURS))) << 4);
        const q = load<i64>(context);
        const isLess = lessProbable(state, q);
        let isZero = zeroWhereMore(context) ^ <i32>isLess;
        state = advanced(state, q, context, isLess);
        if (isZero !== 0) continue;
        const place = to + ((row * 11) >> 3); // four bytes a row
        const signContext: u32 = load<u8>(signContexts + signsAround(f, row, place));
        const s = contexts + ((<usize>(signContext >> 1)) << 4);
        const sq = load<i64>(s);
        const isLessSign = lessProbable(state, sq);
        isZero = zeroWhereMore(s) ^ <i32>isLessSign;
        state = advanced(state, sq, s, isLessSign);
        store<u32>(place, value | ((~isZero ^ signContext) << 31));
        f |= 16 << row;
        spread(at, row);
        left |= (8 << row) & ~(f >> 4) & rows; // the row below has a significant neighbour now
      }
      store<u32>(at, f);
    }
  }
  code = state;
}

/** Significance and sign of the neighbours above, left, right and below: the index into `signContexts`. */
function signsAround(f: u32, row: u32, place: usize): usize {
  const line = (<usize>width) << 4;
  const up = load<u32>(row === 0 ? place - line + 12 : place - 4);
  const down = load<u32>(row === 9 ? place + line - 12 : place + 4);
  const signs =
    ((up >> 31) << 1) |
    ((load<u32>(place - 16) >> 31) << 3) |
    ((load<u32>(place + 16) >> 31) << 5) |
    ((down >> 31) << 7);
  return ((f >> (row + 1)) & 0x55) | signs;
}

/** Tells the neighbours in other columns and stripes that a row has become significant. */
function spread(at: usize, row: u32): void {
  store<u32>(at - 4, load<u32>(at - 4) | (32 << row));
  store<u32>(at + 4, load<u32>(at + 4) | (8 << row));
  if (row === 0) {
    const above = at - stride;
    store<u32>(above - 4, load<u32>(above - 4) | (1 << 17));
    store<u32>(above, load<u32>(above) | (1 << 16));
    store<u32>(above + 4, load<u32>(above + 4) | (1 << 15));
  } else if (row === 9) {
    const below = at + stride;
    store<u32>(below - 4, load<u32>(below - 4) | 4);
    store<u32>(below, load<u32>(below) | 2);
    store<u32>(below + 4, load<u32>(below + 4) | 1);
  }
}

/** Places and contexts of the coefficients that a pass refines. */
const places = memory.data(4 * 4104, 16);
const placeContexts = memory.data(4 * 4104, 16);

/** D.3.3: what there is to refine and in which contexts is known beforehand. */
function refinementPass(plane: i32): void {
  let list: usize = 0;
  const refined = v128.splat<i32>(1 << (plane + 2));
  const magnitudes = v128.splat<i32>(0x7fffffff);
  const around = i32x4(NEIGHBOURS, NEIGHBOURS << 3, NEIGHBOURS << 6, NEIGHBOURS << 9);
  const lonely = v128.splat<i32>(<i32>(contexts + (FIRST_REFINEMENT << 4)));
  const contextBytes = v128.splat<i32>(16);
  const again = v128.splat<i32>(<i32>(contexts + (REFINEMENT << 4)));
  const rowBytes = i32x4(0, 4, 8, 12);
  const stripes = (height + 3) >> 2;
  for (let stripe = 0; stripe < stripes; stripe++) {
    const rows = rowsOf(stripe);
    let at = flags + stride * (stripe + 1) + 4;
    let to = coefficients + ((stripe * width) << 4);
    for (const end = at + ((<usize>width) << 2); at < end; at += 4, to += 16) {
      const f = load<u32>(at);
      const left = (f >> 4) & ~(f >> VISITED) & rows;
      if (left === 0) continue;
      const bits = ((left | (left >> 2) | (left >> 4)) & 7) | ((left >> 6) & 8);
      const lanes = v128.load(chosenLanes + (bits << 4));
      const isFirst = v128.lt<u32>(v128.and(v128.load(to), magnitudes), refined);
      const hasNone = v128.eq<i32>(v128.and(v128.splat<i32>(f), around), v128.splat<i32>(0));
      const first = v128.add<i32>(lonely, v128.andnot(contextBytes, hasNone));
      v128.store(placeContexts + list, v128.swizzle(v128.bitselect(first, again, isFirst), lanes));
      v128.store(places + list, v128.swizzle(v128.add<i32>(v128.splat<i32>(<i32>to), rowBytes), lanes));
      list += (<usize>popcnt(left)) << 2;
    }
  }
  let state = code;
  const half = 1 << (plane - 1);
  for (let at: usize = 0; at < list; at += 4) {
    const context = load<u32>(placeContexts + at);
    const q = load<i64>(context);
    const isLess = lessProbable(state, q);
    const isZero = zeroWhereMore(context) ^ <i32>isLess;
    state = advanced(state, q, context, isLess);
    const place = load<u32>(places + at);
    store<i32>(place, load<i32>(place) + (half ^ isZero) - isZero);
  }
  code = state;
}

/** D.3.4. */
function cleanupPass(table: usize, plane: i32): void {
  let state = code;
  const value: u32 = 3 << (plane - 1);
  const stripes = (height + 3) >> 2;
  for (let stripe = 0; stripe < stripes; stripe++) {
    const rows = rowsOf(stripe);
    let at = flags + stride * (stripe + 1) + 4;
    let to = coefficients + ((stripe * width) << 4);
    for (const end = at + ((<usize>width) << 2); at < end; at += 4, to += 16) {
      let f = load<u32>(at);
      let left = ~(f >> 4) & ~(f >> VISITED) & rows;
      let row: u32 = 0;
      let isFound = false;
      if (f === 0 && rows === ROWS) {
        const context = contexts + (RUN_LENGTH << 4);
        const q = load<i64>(context);
        const isLess = lessProbable(state, q);
        let isZero = zeroWhereMore(context) ^ <i32>isLess;
        state = advanced(state, q, context, isLess);
        if (isZero !== 0) continue;
        const uniform = contexts + (UNIFORM << 4);
        for (let digit = 0; digit < 2; digit++) {
          const uq = load<i64>(uniform);
          const isLessUniform = lessProbable(state, uq);
          row = (row << 1) + 1 + (zeroWhereMore(uniform) ^ <i32>isLessUniform);
          state = advanced(state, uq, uniform, isLessUniform);
        }
        row *= 3;
        left = (ROWS << (row + 3)) & ROWS;
        isFound = true;
      }
      while (isFound || left !== 0) {
        if (!isFound) {
          row = ctz(left);
          left &= left - 1;
          const context = contexts + ((<usize>load<u8>(table + ((f >> row) & NEIGHBOURS))) << 4);
          const q = load<i64>(context);
          const isLess = lessProbable(state, q);
          let isZero = zeroWhereMore(context) ^ <i32>isLess;
          state = advanced(state, q, context, isLess);
          if (isZero !== 0) continue;
        }
        isFound = false;
        const place = to + ((row * 11) >> 3);
        const signContext: u32 = load<u8>(signContexts + signsAround(f, row, place));
        const context = contexts + ((<usize>(signContext >> 1)) << 4);
        const q = load<i64>(context);
        const isLess = lessProbable(state, q);
        let isZero = zeroWhereMore(context) ^ <i32>isLess;
        state = advanced(state, q, context, isLess);
        store<u32>(place, value | ((~isZero ^ signContext) << 31));
        f |= 16 << row;
        spread(at, row);
      }
      store<u32>(at, f & SIGNIFICANCE);
    }
  }
  code = state;
}
