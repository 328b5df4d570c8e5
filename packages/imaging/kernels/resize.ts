// Area averages: rows are summed in single precision, then columns in double, as OpenCV does.

/** Rows that sums of 16 bit can take without overflow. */
const ROWS_OF_U16: i32 = 257;

function edges(whole: v128, first: v128, firstWeights: v128, last: v128, lastWeights: v128): v128 {
  const withFirst = f32x4.add(whole, f32x4.mul(f32x4.convert_i32x4_u(first), firstWeights));
  return f32x4.add(withFirst, f32x4.mul(f32x4.convert_i32x4_u(last), lastWeights));
}

/**
 * Sums of `rows` rows by column, f32 at `to`; the first and the last row weighted, those between whole.
 * Reads and writes up to 15 columns beyond `width`.
 */
export function sumRows8(
  from: usize,
  stride: i32,
  width: i32,
  rows: i32,
  firstWeight: f32,
  lastWeight: f32,
  to: usize,
): void {
  const firstWeights = v128.splat<f32>(firstWeight);
  const lastWeights = v128.splat<f32>(rows > 1 ? lastWeight : 0);
  const lastRow = from + <usize>(rows - 1) * <usize>stride;
  for (let x = 0; x < width; x += 16, to += 64) {
    const first = v128.load(from + x);
    const last = v128.load(lastRow + x);
    let a = v128.splat<f32>(0);
    let b = a;
    let c = a;
    let d = a;
    let row = from + x + <usize>stride;
    let left = rows - 2;
    while (left > 0) {
      let low = v128.splat<i16>(0);
      let high = low;
      const now = min(left, ROWS_OF_U16);
      for (let n = 0; n < now; n++, row += <usize>stride) {
        const pixels = v128.load(row);
        low = v128.add<i16>(low, i16x8.extend_low_i8x16_u(pixels));
        high = v128.add<i16>(high, i16x8.extend_high_i8x16_u(pixels));
      }
      left -= now;
      a = f32x4.add(a, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(low)));
      b = f32x4.add(b, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(low)));
      c = f32x4.add(c, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(high)));
      d = f32x4.add(d, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(high)));
    }
    const firstLow = i16x8.extend_low_i8x16_u(first);
    const firstHigh = i16x8.extend_high_i8x16_u(first);
    const lastLow = i16x8.extend_low_i8x16_u(last);
    const lastHigh = i16x8.extend_high_i8x16_u(last);
    v128.store(
      to,
      edges(a, i32x4.extend_low_i16x8_u(firstLow), firstWeights, i32x4.extend_low_i16x8_u(lastLow), lastWeights),
    );
    v128.store(
      to + 16,
      edges(b, i32x4.extend_high_i16x8_u(firstLow), firstWeights, i32x4.extend_high_i16x8_u(lastLow), lastWeights),
    );
    v128.store(
      to + 32,
      edges(c, i32x4.extend_low_i16x8_u(firstHigh), firstWeights, i32x4.extend_low_i16x8_u(lastHigh), lastWeights),
    );
    v128.store(
      to + 48,
      edges(d, i32x4.extend_high_i16x8_u(firstHigh), firstWeights, i32x4.extend_high_i16x8_u(lastHigh), lastWeights),
    );
  }
}

/** The same for pixels of 16 bits; `stride` counts bytes. Reads and writes up to 7 columns beyond `width`. */
export function sumRows16(
  from: usize,
  stride: i32,
  width: i32,
  rows: i32,
  firstWeight: f32,
  lastWeight: f32,
  to: usize,
): void {
  const firstWeights = v128.splat<f32>(firstWeight);
  const lastWeights = v128.splat<f32>(rows > 1 ? lastWeight : 0);
  const lastRow = from + <usize>(rows - 1) * <usize>stride;
  for (let x: usize = 0; x < <usize>width; x += 8, to += 32) {
    const first = v128.load(from + (x << 1));
    const last = v128.load(lastRow + (x << 1));
    let low = v128.splat<i32>(0);
    let high = low;
    let row = from + (x << 1) + <usize>stride;
    for (let n = rows - 2; n > 0; n--, row += <usize>stride) {
      const pixels = v128.load(row);
      low = v128.add<i32>(low, i32x4.extend_low_i16x8_u(pixels));
      high = v128.add<i32>(high, i32x4.extend_high_i16x8_u(pixels));
    }
    const a = f32x4.convert_i32x4_u(low);
    const b = f32x4.convert_i32x4_u(high);
    v128.store(
      to,
      edges(a, i32x4.extend_low_i16x8_u(first), firstWeights, i32x4.extend_low_i16x8_u(last), lastWeights),
    );
    v128.store(
      to + 16,
      edges(b, i32x4.extend_high_i16x8_u(first), firstWeights, i32x4.extend_high_i16x8_u(last), lastWeights),
    );
  }
}

/** A span of columns: i32 first, i32 behind the last, f64 weight of the first, of the last, f64 divisor. */
const SPAN_BYTES: usize = 32;

/**
 * Weighted means of the sums by span, rounded half to even, or halves up, and clamped to `most`; pixels of `bytes` bytes (1
 * or 2) at `to`.
 */
export function averageColumns(
  sums: usize,
  spans: usize,
  count: i32,
  rowArea: f64,
  halvesUp: bool,
  most: f64,
  bytes: i32,
  to: usize,
): void {
  for (const end = spans + <usize>count * SPAN_BYTES; spans < end; spans += SPAN_BYTES) {
    const first = load<i32>(spans);
    const behind = load<i32>(spans, 4);
    let at = sums + ((<usize>first) << 2);
    let sum = load<f64>(spans, 8) * <f64>load<f32>(at);
    at += 4;
    const last = sums + ((<usize>(behind - 1)) << 2);
    for (; at < last; at += 4) sum += <f64>load<f32>(at);
    if (behind - first > 1) sum += load<f64>(spans, 16) * <f64>load<f32>(last);
    const mean = sum / (load<f64>(spans, 24) * rowArea);
    const level = min(most, halvesUp ? Math.floor(mean + 0.5) : nearest<f64>(mean));
    if (bytes === 1) store<u8>(to, <u8>level);
    else store<u16>(to, <u16>level);
    to += <usize>bytes;
  }
}
