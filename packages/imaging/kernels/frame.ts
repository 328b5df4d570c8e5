// The passes over a frame of stored values, 16 bits each, signed ones as their bit patterns.

import { COUNTS, COUNTS_BYTES, FLATS, MOST_FLATS } from "./memory";

/** Runs shorter than this are not worth noting. */
const SHORTEST_FLAT: usize = 256;
let flats: i32 = 0;
/** The first run that does not end before what was looked at last. */
let nextFlat: i32 = 0;

function count4(values: u64): void {
  let at: usize = <usize>((values & 0xffff) << 2);
  store<u32>(at, load<u32>(at, COUNTS) + 1, COUNTS);
  at = <usize>((values >> 14) & 0x3fffc);
  store<u32>(at, load<u32>(at, COUNTS + COUNTS_BYTES) + 1, COUNTS + COUNTS_BYTES);
  at = <usize>((values >> 30) & 0x3fffc);
  store<u32>(at, load<u32>(at, COUNTS) + 1, COUNTS);
  at = <usize>((values >> 46) & 0x3fffc);
  store<u32>(at, load<u32>(at, COUNTS + COUNTS_BYTES) + 1, COUNTS + COUNTS_BYTES);
}

/**
 * Makes the histogram of a frame by bit pattern. Runs of one value, which most of a mammogram's background is, are compared 32
 * values at a time, counted as a whole, and noted for `runsWithin`.
 */
export function countValues(from: usize, count: i32): void {
  memory.fill(COUNTS, 0, 2 * COUNTS_BYTES);
  flats = 0;
  nextFlat = 0;
  const end = from + ((<usize>count) << 1);
  let at = from;
  while (at + 64 <= end) {
    const flat = v128.load16_splat(at);
    const start = at;
    while (at + 64 <= end) {
      const a = v128.xor(v128.load(at), flat);
      const b = v128.xor(v128.load(at, 16), flat);
      const c = v128.xor(v128.load(at, 32), flat);
      const d = v128.xor(v128.load(at, 48), flat);
      if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) break;
      at += 64;
    }
    if (at !== start) {
      const counter = (<usize>load<u16>(start)) << 2;
      const length = (at - start) >> 1;
      store<u32>(counter, load<u32>(counter, COUNTS) + <u32>length, COUNTS);
      if (length >= SHORTEST_FLAT && flats < MOST_FLATS) {
        const note = FLATS + ((<usize>flats) << 3);
        flats++;
        store<u32>(note, <u32>((start - from) >> 1));
        store<u32>(note, <u32>((at - from) >> 1), 4);
      }
      continue;
    }
    for (const stop = at + 64; at < stop; at += 16) {
      count4(load<u64>(at));
      count4(load<u64>(at, 8));
    }
  }
  for (; at < end; at += 2) {
    const counter = (<usize>load<u16>(at)) << 2;
    store<u32>(counter, load<u32>(counter, COUNTS) + 1, COUNTS);
  }
  for (let at = COUNTS; at < COUNTS + COUNTS_BYTES; at += 16)
    v128.store(at, v128.add<i32>(v128.load(at), v128.load(at, COUNTS_BYTES)));
}

/** Whether a value is of `low`, `low` + 1, ... `low` + `span` (modulo 65,536). */
function isWithin(at: usize, low: i32, span: i32): i32 {
  return i32(((<i32>load<u16>(at) - low) & 0xffff) <= span);
}

/**
 * Columns at which row `y` of the frame that was counted goes into and out of the interval `low`, `low` + 1, ... `low` + `span`
 * (modulo 65,536), in turns, as u32 at `to`; returns how many. Long runs of one value are looked at once; rows had best come in
 * order.
 */
export function runsWithin(frame: usize, y: i32, width: i32, low: i32, span: i32, to: usize): i32 {
  const lows = v128.splat<i16>(<i16>low);
  const spans = v128.splat<u16>(<u16>span);
  const rowPlace = <u32>y * <u32>width;
  const row = frame + ((<usize>rowPlace) << 1);
  const start = to;
  if (nextFlat > 0 && load<u32>(FLATS + ((<usize>(nextFlat - 1)) << 3), 4) > rowPlace) nextFlat = 0;
  let state: i32 = 0;
  let x = 0;
  while (x < width) {
    while (nextFlat < flats && load<u32>(FLATS + ((<usize>nextFlat) << 3), 4) <= rowPlace + x) nextFlat++;
    let stop = width; // of what must be looked at one by one
    if (nextFlat < flats) {
      const note = FLATS + ((<usize>nextFlat) << 3);
      const flatStart = <i32>(load<u32>(note) - rowPlace);
      if (flatStart <= x) {
        const inside = isWithin(row + ((<usize>x) << 1), low, span);
        if (inside !== state) {
          store<u32>(to, x);
          to += 4;
          state = inside;
        }
        x = <i32>min<u32>(load<u32>(note, 4) - rowPlace, <u32>width);
        continue;
      }
      stop = min(width, flatStart);
    }
    for (; x + 16 <= stop; x += 16) {
      const at = row + ((<usize>x) << 1);
      const a = v128.le<u16>(v128.sub<i16>(v128.load(at), lows), spans);
      const b = v128.le<u16>(v128.sub<i16>(v128.load(at, 16), lows), spans);
      const inside = v128.bitmask<i8>(v128.narrow<i16>(a, b));
      let changes = (inside ^ ((inside << 1) | state)) & 0xffff;
      for (; changes !== 0; changes &= changes - 1, to += 4) store<u32>(to, x + ctz(changes));
      state = inside >> 15;
    }
    for (; x < stop; x++) {
      const inside = isWithin(row + ((<usize>x) << 1), low, span);
      if (inside === state) continue;
      store<u32>(to, x);
      to += 4;
      state = inside;
    }
  }
  if (state !== 0) {
    store<u32>(to, width);
    to += 4;
  }
  return <i32>((to - start) >> 2);
}

/**
 * Twice the area of the polygon through the centres of a region's outer border pixels, which are those of an interval; see
 * src/steps/contour-area.ts. `startX`, `startY`: the region's first pixel in reading order.
 */
export function doubleContourArea(
  frame: usize,
  width: i32,
  height: i32,
  low: i32,
  span: i32,
  startX: i32,
  startY: i32,
): f64 {
  const last = neighbour(frame, width, height, low, span, startX, startY, 4, -1);
  if (last < 0) return 0;
  const lastX = startX + stepX(last);
  const lastY = startY + stepY(last);
  let area: i64 = 0;
  let x = startX;
  let y = startY;
  let cameFrom = last;
  let isBack = false;
  while (!isBack) {
    const direction = neighbour(frame, width, height, low, span, x, y, cameFrom, 1);
    const nextX = x + stepX(direction);
    const nextY = y + stepY(direction);
    area += <i64>x * <i64>nextY - <i64>nextX * <i64>y;
    isBack = nextX === startX && nextY === startY && x === lastX && y === lastY;
    x = nextX;
    y = nextY;
    cameFrom = (direction + 4) & 7;
  }
  return <f64>(area < 0 ? -area : area);
}

/** The eight neighbours, counter-clockwise from the right; y points down. */
function stepX(direction: i32): i32 {
  return <i32>((0x21000122 >>> (direction << 2)) & 3) - 1;
}
function stepY(direction: i32): i32 {
  return <i32>((0x22210001 >>> (direction << 2)) & 3) - 1;
}

/** The first direction, turning from `from`, in which a pixel of the interval lies; -1 around a lone one. */
function neighbour(
  frame: usize,
  width: i32,
  height: i32,
  low: i32,
  span: i32,
  x: i32,
  y: i32,
  from: i32,
  turn: i32,
): i32 {
  for (let tried = 1; tried <= 8; tried++) {
    const direction = (from + turn * tried) & 7;
    const nextX = x + stepX(direction);
    const nextY = y + stepY(direction);
    if (<u32>nextX >= <u32>width || <u32>nextY >= <u32>height) continue;
    if (isWithin(frame + ((<usize>nextY * <usize>width + <usize>nextX) << 1), low, span)) return direction;
  }
  return -1;
}

/** At this size a single has no binary places left, so adding it rounds; its bits, which the sum is then less. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;

function line4(distances: v128, factors: v128, offsets: v128): v128 {
  const levels = f32x4.add(f32x4.mul(f32x4.convert_i32x4_u(distances), factors), offsets);
  return v128.sub<i32>(f32x4.add(levels, v128.splat<f32>(ROUNDER)), v128.splat<i32>(ROUNDER_BITS));
}

/** Levels round((value - low) * factor + offset) of eight values, as 16-bit numbers that may exceed 0..255. */
function line8(values: v128, lows: v128, factors: v128, offsets: v128): v128 {
  const distances = v128.sub<i16>(values, lows);
  return v128.narrow<i32>(
    line4(i32x4.extend_low_i16x8_u(distances), factors, offsets),
    line4(i32x4.extend_high_i16x8_u(distances), factors, offsets),
  );
}

/**
 * 8-bit levels clamp(round((value - low) * factor + offset)) of a rectangle, packed at `to`, which may be where the frame itself
 * begins, or before it.
 *
 * @param stride bytes from one row of the frame to the next
 */
export function cutLine(
  from: usize,
  stride: i32,
  width: i32,
  height: i32,
  to: usize,
  low: i32,
  factor: f32,
  offset: f32,
): void {
  const lows = v128.splat<i16>(<i16>low);
  const factors = v128.splat<f32>(factor);
  const offsets = v128.splat<f32>(offset);
  for (let y = 0; y < height; y++, from += <usize>stride) {
    let x = 0;
    let at = from;
    for (; x + 16 <= width; x += 16, at += 32, to += 16) {
      const a = line8(v128.load(at), lows, factors, offsets);
      const b = line8(v128.load(at, 16), lows, factors, offsets);
      v128.store(to, i8x16.narrow_i16x8_u(a, b));
    }
    for (; x < width; x++, at += 2, to++) {
      const distance = (<i32>load<u16>(at) - low) & 0xffff;
      const level = <i32>nearest<f32>(<f32>distance * factor + offset);
      store<u8>(to, min(max(level, 0), 255));
    }
  }
}

/** 8-bit levels of a rectangle by a table of 65,536 bytes, packed at `to`, which may be where the frame begins. */
export function cutTable8(from: usize, stride: i32, width: i32, height: i32, to: usize, table: usize): void {
  for (let y = 0; y < height; y++, from += <usize>stride) {
    let at = from;
    let x = 0;
    for (; x + 4 <= width; x += 4, at += 8, to += 4) {
      const values = load<u64>(at);
      const a: u32 = load<u8>(table + (<usize>values & 0xffff));
      const b: u32 = load<u8>(table + (<usize>(values >> 16) & 0xffff));
      const c: u32 = load<u8>(table + (<usize>(values >> 32) & 0xffff));
      const d: u32 = load<u8>(table + <usize>(values >> 48));
      store<u32>(to, a | (b << 8) | (c << 16) | (d << 24));
    }
    for (; x < width; x++, at += 2, to++) store<u8>(to, load<u8>(table + <usize>load<u16>(at)));
  }
}

/** The same with 16-bit levels, by a table of 65,536 of them. */
export function cutTable16(from: usize, stride: i32, width: i32, height: i32, to: usize, table: usize): void {
  for (let y = 0; y < height; y++, from += <usize>stride) {
    let at = from;
    let x = 0;
    for (; x + 4 <= width; x += 4, at += 8, to += 8) {
      const values = load<u64>(at);
      const a: u64 = load<u16>(table + <usize>((values & 0xffff) << 1));
      const b: u64 = load<u16>(table + <usize>((values >> 15) & 0x1fffe));
      const c: u64 = load<u16>(table + <usize>((values >> 31) & 0x1fffe));
      const d: u64 = load<u16>(table + <usize>((values >> 47) & 0x1fffe));
      store<u64>(to, a | (b << 16) | (c << 32) | (d << 48));
    }
    for (; x < width; x++, at += 2, to += 2) store<u16>(to, load<u16>(table + ((<usize>load<u16>(at)) << 1)));
  }
}
