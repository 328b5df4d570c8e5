// Linear interpolation where a side grows: first along rows, then between two of the rows that became of it.

/** A target column: u32 source column before, u32 behind, and the weight of the latter: i32 of 2048 (8 bit) or f32 (16 bit). */
const COLUMN_BYTES: usize = 12;
const ONE: i32 = 2048;

/** A row of 8-bit pixels at its target width, i32 of 11 fractional bits. */
export function enlargeRow8(row: usize, columns: usize, count: i32, to: usize): void {
  for (const end = columns + <usize>count * COLUMN_BYTES; columns < end; columns += COLUMN_BYTES, to += 4) {
    const weight = load<i32>(columns, 8);
    const before = <i32>load<u8>(row + <usize>load<u32>(columns));
    const behind = <i32>load<u8>(row + <usize>load<u32>(columns, 4));
    store<i32>(to, before * (ONE - weight) + behind * weight);
  }
}

/** 8-bit pixels between two such rows, `weight` (of 2048) of the lower; writes up to three bytes more. */
export function mixRows8(upper: usize, lower: usize, weight: i32, count: i32, to: usize): void {
  const above = v128.splat<i32>(ONE - weight);
  const below = v128.splat<i32>(weight);
  const half = v128.splat<i32>(2);
  for (const end = to + <usize>count; to < end; to += 4, upper += 16, lower += 16) {
    const a = v128.shr<i32>(v128.mul<i32>(above, v128.shr<i32>(v128.load(upper), 4)), 16);
    const b = v128.shr<i32>(v128.mul<i32>(below, v128.shr<i32>(v128.load(lower), 4)), 16);
    const levels = v128.shr<i32>(v128.add<i32>(v128.add<i32>(a, b), half), 2);
    const narrow = v128.narrow<i32>(levels, levels);
    store<u32>(to, v128.extract_lane<u32>(i8x16.narrow_i16x8_u(narrow, narrow), 0));
  }
}

/** A row of 16-bit pixels at its target width, f32. */
export function enlargeRow16(row: usize, columns: usize, count: i32, to: usize): void {
  for (const end = columns + <usize>count * COLUMN_BYTES; columns < end; columns += COLUMN_BYTES, to += 4) {
    const weight = load<f32>(columns, 8);
    const rest: f32 = 1 - weight;
    const before = <f32>load<u16>(row + ((<usize>load<u32>(columns)) << 1));
    const behind = <f32>load<u16>(row + ((<usize>load<u32>(columns, 4)) << 1));
    store<f32>(to, before * rest + behind * weight);
  }
}

/** 16-bit pixels between two such rows, rounded half to even. */
export function mixRows16(upper: usize, lower: usize, weight: f32, count: i32, to: usize): void {
  const rest: f32 = 1 - weight;
  for (const end = to + ((<usize>count) << 1); to < end; to += 2, upper += 4, lower += 4)
    store<u16>(to, <u16>nearest<f32>(load<f32>(upper) * rest + load<f32>(lower) * weight));
}
