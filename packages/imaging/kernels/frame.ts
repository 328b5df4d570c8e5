// The passes over a frame of stored values, 16 bits each, signed ones as their bit patterns.

import { COUNTS, COUNTS_BYTES } from "./memory";

/** Empties the histogram that `countValues` adds to. */
export function clearCounts(): void {
  memory.fill(COUNTS, 0, 2 * COUNTS_BYTES);
}

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
 * Adds the values to the histogram by bit pattern. Runs of one value, which most of a mammogram's background is, are
 * compared 32 values at a time and counted as a whole.
 */
export function countValues(from: usize, count: i32): void {
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
      store<u32>(counter, load<u32>(counter, COUNTS) + <u32>((at - start) >> 1), COUNTS);
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
}

/** Joins both histograms into the first. */
export function sumCounts(): void {
  for (let at = COUNTS; at < COUNTS + COUNTS_BYTES; at += 16)
    v128.store(at, v128.add<i32>(v128.load(at), v128.load(at, COUNTS_BYTES)));
}

/**
 * Columns at which a row goes into and out of the interval `low`, `low` + 1, ... `low` + `span` (modulo 65,536), in turns,
 * as u32 at `to`; returns how many.
 */
export function runsWithin(row: usize, width: i32, low: i32, span: i32, to: usize): i32 {
  const lows = v128.splat<i16>(<i16>low);
  const spans = v128.splat<u16>(<u16>span);
  const start = to;
  let state: i32 = 0;
  let x = 0;
  for (; x + 16 <= width; x += 16) {
    const at = row + ((<usize>x) << 1);
    const a = v128.le<u16>(v128.sub<i16>(v128.load(at), lows), spans);
    const b = v128.le<u16>(v128.sub<i16>(v128.load(at, 16), lows), spans);
    const inside = v128.bitmask<i8>(v128.narrow<i16>(a, b));
    let changes = (inside ^ ((inside << 1) | state)) & 0xffff;
    for (; changes !== 0; changes &= changes - 1, to += 4) store<u32>(to, x + ctz(changes));
    state = inside >> 15;
  }
  for (; x < width; x++) {
    const inside = i32(((<i32>load<u16>(row + ((<usize>x) << 1)) - low) & 0xffff) <= span);
    if (inside !== state) {
      store<u32>(to, x);
      to += 4;
    }
    state = inside;
  }
  if (state !== 0) {
    store<u32>(to, width);
    to += 4;
  }
  return <i32>((to - start) >> 2);
}

function line(values: v128, factor: v128, offset: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(f32x4.convert_i32x4_u(values), factor), offset));
}

/** Levels clamp(trunc((value - low) * factor + offset)) of eight values, as 16-bit numbers that may exceed 0..255. */
function line8(values: v128, lows: v128, factors: v128, offsets: v128): v128 {
  const distance = v128.sub<i16>(values, lows);
  return v128.narrow<i32>(
    line(i32x4.extend_low_i16x8_u(distance), factors, offsets),
    line(i32x4.extend_high_i16x8_u(distance), factors, offsets),
  );
}

/**
 * 8-bit levels of a rectangle, packed at `to`, which may be where the frame itself begins, or before it.
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
      const level = <i32>(<f32>distance * factor + offset);
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
