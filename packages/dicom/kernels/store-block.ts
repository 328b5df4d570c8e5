// Takes the coefficients of a code-block out of their stripes into the plane of a tile (ISO/IEC 15444-1 annex E).

import { coefficients, height, width } from "./code-blocks";

/** Four rows of four. */
const square = memory.data(64, 16);

/** Stores them at `to` as integers of 16 bits, halves cut off; a row of the plane has `line` bytes. */
export function storeBlock16(to: usize, line: usize): void {
  storeBlock<i16>(to, line, 1);
}

export function storeBlock32(to: usize, line: usize): void {
  storeBlock<i32>(to, line, 1);
}

/** Stores them as 32-bit floats, each `step` times its number of halves. */
export function storeBlockF32(to: usize, line: usize, step: f32): void {
  storeBlock<f32>(to, line, step);
}

function storeBlock<T>(to: usize, line: usize, step: f32): void {
  const size = sizeof<T>();
  for (let top = 0; top < height; top += 4, to += line << 2) {
    const rows = min(4, height - top);
    const stripe = coefficients + ((<usize>top * width) << 2);
    for (let left = 0; left < width; left += 4) {
      const from = stripe + ((<usize>left) << 4);
      const c0 = numbers<T>(v128.load(from), step);
      const c1 = numbers<T>(v128.load(from, 16), step);
      const c2 = numbers<T>(v128.load(from, 32), step);
      const c3 = numbers<T>(v128.load(from, 48), step);
      const upper01 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
      const upper23 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
      const lower01 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
      const lower23 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
      storeFour<T>(square, v128.shuffle<i64>(upper01, upper23, 0, 2));
      storeFour<T>(square + 16, v128.shuffle<i64>(upper01, upper23, 1, 3));
      storeFour<T>(square + 32, v128.shuffle<i64>(lower01, lower23, 0, 2));
      storeFour<T>(square + 48, v128.shuffle<i64>(lower01, lower23, 1, 3));
      let place = to + <usize>left * size;
      if (left + 4 <= width) {
        for (let row = 0; row < rows; row++, place += line) {
          if (size === 2) store<u64>(place, load<u64>(square + (row << 4)));
          else v128.store(place, v128.load(square + (row << 4)));
        }
      } else {
        const bytes = <usize>(width - left) * size;
        for (let row = 0; row < rows; row++, place += line) memory.copy(place, square + (row << 4), bytes);
      }
    }
  }
}

function storeFour<T>(to: usize, values: v128): void {
  v128.store(to, sizeof<T>() === 2 ? i16x8.narrow_i32x4_s(values, values) : values);
}

/** Sign and halves as numbers. */
function numbers<T>(values: v128, step: f32): v128 {
  const signs = v128.shr<i32>(values, 31);
  const halves = v128.and(values, v128.splat<i32>(0x7fffffff));
  if (isFloat<T>()) {
    const signed = v128.sub<i32>(v128.xor(halves, signs), signs);
    return f32x4.mul(f32x4.convert_i32x4_s(signed), v128.splat<f32>(step));
  }
  const whole = v128.shr<u32>(halves, 1);
  return v128.sub<i32>(v128.xor(whole, signs), signs);
}
