// Linear interpolation where a side grows: first along rows, then between two of the rows that became of it.

/** Weights of 8-bit pixels are integers of 11 bits. */
const ONE: i32 = 2048;

/**
 * A row of 8-bit pixels at its target width, i32 of 11 fractional bits; up to three columns more are read and written.
 *
 * @param befores source column before each target column, u32; the one behind is its neighbour
 * @param weights of the column behind, i32 of 2048
 */
export function enlargeRow8(row: usize, befores: usize, weights: usize, count: i32, to: usize): void {
  const low = v128.splat<i32>(0xff);
  const one = v128.splat<i32>(ONE);
  for (const end = befores + ((<usize>count) << 2); befores < end; befores += 16, weights += 16, to += 16) {
    let pairs = v128.splat<i32>(load<u16>(row + <usize>load<u32>(befores)));
    pairs = v128.replace_lane<i32>(pairs, 1, load<u16>(row + <usize>load<u32>(befores, 4)));
    pairs = v128.replace_lane<i32>(pairs, 2, load<u16>(row + <usize>load<u32>(befores, 8)));
    pairs = v128.replace_lane<i32>(pairs, 3, load<u16>(row + <usize>load<u32>(befores, 12)));
    const weight = v128.load(weights);
    const before = v128.mul<i32>(v128.and(pairs, low), v128.sub<i32>(one, weight));
    v128.store(to, v128.add<i32>(before, v128.mul<i32>(v128.shr<u32>(pairs, 8), weight)));
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

/** The same of 16-bit pixels, f32; `behinds` are the source columns behind, weights are f32. */
export function enlargeRow16(row: usize, befores: usize, behinds: usize, weights: usize, count: i32, to: usize): void {
  for (const end = to + ((<usize>count) << 2); to < end; befores += 4, behinds += 4, weights += 4, to += 4) {
    const weight = load<f32>(weights);
    const rest: f32 = 1 - weight;
    const before = <f32>load<u16>(row + ((<usize>load<u32>(befores)) << 1));
    const behind = <f32>load<u16>(row + ((<usize>load<u32>(behinds)) << 1));
    store<f32>(to, before * rest + behind * weight);
  }
}

/** 16-bit pixels between two such rows, rounded half to even. */
export function mixRows16(upper: usize, lower: usize, weight: f32, count: i32, to: usize): void {
  const rest: f32 = 1 - weight;
  for (const end = to + ((<usize>count) << 1); to < end; to += 2, upper += 4, lower += 4)
    store<u16>(to, <u16>nearest<f32>(load<f32>(upper) * rest + load<f32>(lower) * weight));
}
