// The passes over a frame of stored values, 16 bits each, signed ones as their bit patterns.

import { SHORTEST_FLAT, clearFlats, flatEnd, flatStart, noteFlat, seekFlat } from "./flats";
import { COUNTS, COUNTS_BYTES } from "./memory";

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
 * values at a time, counted as a whole, and noted.
 */
export function countValues(from: usize, count: i32): void {
  memory.fill(COUNTS, 0, 2 * COUNTS_BYTES);
  clearFlats();
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
      if (length >= SHORTEST_FLAT) noteFlat(<u32>((start - from) >> 1), <u32>((at - from) >> 1));
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
 * 8-bit levels clamp(round((value - low) * factor + offset)) of a rectangle of the frame that was counted, packed at `to`, which
 * may be where the frame itself begins, or before it. Long runs of one value are looked at once.
 *
 * @param columns of the frame
 * @param place of the rectangle's first value in the frame
 */
export function cutLine(
  frame: usize,
  columns: i32,
  place: u32,
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
  for (let y = 0; y < height; y++, place += <u32>columns) {
    let at = place;
    const end = place + <u32>width;
    while (at < end) {
      seekFlat(at);
      const start = flatStart();
      if (start <= at) {
        const stop = min(flatEnd(), end);
        memory.fill(to, levelAt(frame, at, low, factor, offset), <usize>(stop - at));
        to += <usize>(stop - at);
        at = stop;
        continue;
      }
      const stop = min(start, end);
      for (; at + 16 <= stop; at += 16, to += 16) {
        const from = frame + ((<usize>at) << 1);
        const a = line8(v128.load(from), lows, factors, offsets);
        const b = line8(v128.load(from, 16), lows, factors, offsets);
        v128.store(to, i8x16.narrow_i16x8_u(a, b));
      }
      for (; at < stop; at++, to++) store<u8>(to, levelAt(frame, at, low, factor, offset));
    }
  }
}

function levelAt(frame: usize, place: u32, low: i32, factor: f32, offset: f32): u8 {
  const distance = (<i32>load<u16>(frame + ((<usize>place) << 1)) - low) & 0xffff;
  const level = <i32>nearest<f32>(<f32>distance * factor + offset);
  return <u8>min(max(level, 0), 255);
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
