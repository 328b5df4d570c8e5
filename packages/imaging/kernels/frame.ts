// The passes over a full-size frame, in AssemblyScript with SIMD; see src/kernels/frame-kernels.ts for what each means.
// Addresses are bytes in the module's own memory; the caller lays it out and grows it (src/kernels/wasm-kernels.ts).

/** Where the histograms lie: a constant, so that it becomes part of each load and store. */
const COUNTS: usize = 1024;
/** Number of histograms counted side by side, so that equal neighbours do not wait for one another. */
const HISTOGRAMS: usize = 8;
const HISTOGRAM_BYTES: usize = 256 * 4;

/** Smallest and largest of `count` unsigned 16-bit values: low | high << 16. */
export function extentU16(from: usize, count: i32): u32 {
  let low = v128.splat<u16>(0xffff);
  let high = v128.splat<u16>(0);
  const end = from + ((<usize>count) << 1);
  let at = from;
  for (; at + 32 <= end; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    low = v128.min<u16>(low, v128.min<u16>(a, b));
    high = v128.max<u16>(high, v128.max<u16>(a, b));
  }
  let least: u32 = 0xffff;
  let most: u32 = 0;
  for (; at < end; at += 2) {
    const value: u32 = load<u16>(at);
    least = min(least, value);
    most = max(most, value);
  }
  for (let lane = 0; lane < 8; lane++) {
    least = min(least, <u32>v128.extract_lane<u16>(low, 0));
    most = max(most, <u32>v128.extract_lane<u16>(high, 0));
    low = i8x16.shuffle(low, low, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1);
    high = i8x16.shuffle(high, high, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1);
  }
  return least | (most << 16);
}

/** The same for signed values, each half in two's complement. */
export function extentS16(from: usize, count: i32): u32 {
  let low = v128.splat<i16>(0x7fff);
  let high = v128.splat<i16>(-0x8000);
  const end = from + ((<usize>count) << 1);
  let at = from;
  for (; at + 16 <= end; at += 16) {
    const a = v128.load(at);
    low = v128.min<i16>(low, a);
    high = v128.max<i16>(high, a);
  }
  let least: i32 = 0x7fff;
  let most: i32 = -0x8000;
  for (; at < end; at += 2) {
    const value: i32 = load<i16>(at);
    least = min(least, value);
    most = max(most, value);
  }
  for (let lane = 0; lane < 8; lane++) {
    least = min(least, <i32>v128.extract_lane<i16>(low, 0));
    most = max(most, <i32>v128.extract_lane<i16>(high, 0));
    low = i8x16.shuffle(low, low, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1);
    high = i8x16.shuffle(high, high, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1);
  }
  return (<u32>least & 0xffff) | ((<u32>most) << 16);
}

/** Adds eight levels, each to a histogram of its own; read back byte by byte, which is faster than taking a vector apart. */
function count8(from: usize): void {
  let at: usize = 0;
  at = (<usize>load<u8>(from, 0)) << 2;
  store<u32>(at, load<u32>(at, COUNTS) + 1, COUNTS);
  at = (<usize>load<u8>(from, 1)) << 2;
  store<u32>(at, load<u32>(at, COUNTS + HISTOGRAM_BYTES) + 1, COUNTS + HISTOGRAM_BYTES);
  at = (<usize>load<u8>(from, 2)) << 2;
  store<u32>(at, load<u32>(at, COUNTS + 2 * HISTOGRAM_BYTES) + 1, COUNTS + 2 * HISTOGRAM_BYTES);
  at = (<usize>load<u8>(from, 3)) << 2;
  store<u32>(at, load<u32>(at, COUNTS + 3 * HISTOGRAM_BYTES) + 1, COUNTS + 3 * HISTOGRAM_BYTES);
  at = (<usize>load<u8>(from, 4)) << 2;
  store<u32>(at, load<u32>(at, COUNTS + 4 * HISTOGRAM_BYTES) + 1, COUNTS + 4 * HISTOGRAM_BYTES);
  at = (<usize>load<u8>(from, 5)) << 2;
  store<u32>(at, load<u32>(at, COUNTS + 5 * HISTOGRAM_BYTES) + 1, COUNTS + 5 * HISTOGRAM_BYTES);
  at = (<usize>load<u8>(from, 6)) << 2;
  store<u32>(at, load<u32>(at, COUNTS + 6 * HISTOGRAM_BYTES) + 1, COUNTS + 6 * HISTOGRAM_BYTES);
  at = (<usize>load<u8>(from, 7)) << 2;
  store<u32>(at, load<u32>(at, COUNTS + 7 * HISTOGRAM_BYTES) + 1, COUNTS + 7 * HISTOGRAM_BYTES);
}

function line(values: v128, factor: v128, offset: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(f32x4.convert_i32x4_u(values), factor), offset));
}

/**
 * Grey levels clamp(trunc((value - low) * factor + offset)) of 16-bit values, and their histogram. `count` must be a
 * multiple of 16. Blocks of one value, which most of a mammogram's background is, are counted as a whole.
 */
export function scaleLine(from: usize, count: i32, to: usize, low: i32, factor: f32, offset: f32): void {
  memory.fill(COUNTS, 0, HISTOGRAMS * HISTOGRAM_BYTES);
  const lows = v128.splat<i16>(<i16>low);
  const factors = v128.splat<f32>(factor);
  const offsets = v128.splat<f32>(offset);
  const end = from + ((<usize>count) << 1);
  let flat = v128.load(from);
  let flatLevels = v128.splat<u8>(0);
  let flatLevel: usize = 0;
  let hasFlat = false;
  for (; from < end; from += 32, to += 16) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    if (hasFlat && v128.all_true<i16>(v128.and(v128.eq<i16>(a, flat), v128.eq<i16>(b, flat)))) {
      v128.store(to, flatLevels);
      store<u32>(flatLevel << 2, load<u32>(flatLevel << 2, COUNTS) + 16, COUNTS);
      continue;
    }
    const da = v128.sub<i16>(a, lows);
    const db = v128.sub<i16>(b, lows);
    const la = v128.narrow<i32>(
      line(i32x4.extend_low_i16x8_u(da), factors, offsets),
      line(i32x4.extend_high_i16x8_u(da), factors, offsets),
    );
    const lb = v128.narrow<i32>(
      line(i32x4.extend_low_i16x8_u(db), factors, offsets),
      line(i32x4.extend_high_i16x8_u(db), factors, offsets),
    );
    const levels = i8x16.narrow_i16x8_u(la, lb);
    v128.store(to, levels);
    count8(to);
    count8(to + 8);
    flat = v128.splat<i16>(v128.extract_lane<i16>(b, 7));
    flatLevel = v128.extract_lane<u8>(levels, 15);
    flatLevels = v128.splat<u8>(<u8>flatLevel);
    hasFlat = true;
  }
}

/** Grey levels of 16-bit values by a table of 65,536, and their histogram. `count` must be a multiple of 16. */
export function scaleTable(from: usize, count: i32, to: usize, table: usize): void {
  memory.fill(COUNTS, 0, HISTOGRAMS * HISTOGRAM_BYTES);
  const end = from + ((<usize>count) << 1);
  for (; from < end; from += 32, to += 16) {
    const a = v128.load(from);
    const flat = v128.splat<i16>(v128.extract_lane<i16>(a, 0));
    if (v128.all_true<i16>(v128.and(v128.eq<i16>(a, flat), v128.eq<i16>(v128.load(from, 16), flat)))) {
      const level = load<u8>(table + <usize>load<u16>(from));
      v128.store(to, v128.splat<u8>(level));
      store<u32>((<usize>level) << 2, load<u32>((<usize>level) << 2, COUNTS) + 16, COUNTS);
      continue;
    }
    look4(from, to, table);
    look4(from + 8, to + 4, table);
    look4(from + 16, to + 8, table);
    look4(from + 24, to + 12, table);
    count8(to);
    count8(to + 8);
  }
}

/** The levels of four values. */
function look4(from: usize, to: usize, table: usize): void {
  const values = load<u64>(from);
  const a: u32 = load<u8>(table + (<usize>values & 0xffff));
  const b: u32 = load<u8>(table + (<usize>(values >> 16) & 0xffff));
  const c: u32 = load<u8>(table + (<usize>(values >> 32) & 0xffff));
  const d: u32 = load<u8>(table + <usize>(values >> 48));
  store<u32>(to, a | (b << 8) | (c << 16) | (d << 24));
}

/** Columns at which a row passes a threshold, up and down in turns, as u32 at `to`; returns how many. */
export function runsAbove(row: usize, width: i32, threshold: i32, to: usize): i32 {
  const thresholds = v128.splat<u8>(<u8>threshold);
  const start = to;
  let state: i32 = 0;
  let x = 0;
  for (; x + 16 <= width; x += 16) {
    const bright = v128.bitmask<i8>(v128.gt<u8>(v128.load(row + x), thresholds));
    let changes = (bright ^ ((bright << 1) | state)) & 0xffff;
    for (; changes !== 0; changes &= changes - 1, to += 4) store<u32>(to, x + ctz(changes));
    state = bright >> 15;
  }
  for (; x < width; x++) {
    const bright = i32(<i32>load<u8>(row + x) > threshold);
    if (bright !== state) {
      store<u32>(to, x);
      to += 4;
    }
    state = bright;
  }
  if (state !== 0) {
    store<u32>(to, width);
    to += 4;
  }
  return <i32>((to - start) >> 2);
}

/** Rows that sums of 16 bit can take without overflow. */
const ROWS_OF_U16: i32 = 257;

/**
 * Sums of `rows` rows by column, f32 at `to`; the first and the last row weighted, those between whole.
 * Reads and writes up to 15 columns beyond `width`.
 */
export function sumRows(
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

function edges(whole: v128, first: v128, firstWeights: v128, last: v128, lastWeights: v128): v128 {
  const withFirst = f32x4.add(whole, f32x4.mul(f32x4.convert_i32x4_u(first), firstWeights));
  return f32x4.add(withFirst, f32x4.mul(f32x4.convert_i32x4_u(last), lastWeights));
}
