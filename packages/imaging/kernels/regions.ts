// Which pixels of a frame of stored values are of an interval: runs in a row, and the outline of a region.

import { flatEnd, flatStart, seekFlat } from "./flats";

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
  const first = to;
  let state: i32 = 0;
  let x = 0;
  while (x < width) {
    seekFlat(rowPlace + x);
    const start = flatStart();
    if (start <= rowPlace + x) {
      const inside = isWithin(row + ((<usize>x) << 1), low, span);
      if (inside !== state) {
        store<u32>(to, x);
        to += 4;
        state = inside;
      }
      x = <i32>min<u32>(flatEnd() - rowPlace, <u32>width);
      continue;
    }
    const stop = <i32>min<u32>(start - rowPlace, <u32>width); // of what must be looked at one by one
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
  return <i32>((to - first) >> 2);
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
