// The inverse 9/7 wavelet of JPEG 2000 (ISO/IEC 15444-1 annex F.3), in place, in floats of 32 bits; planes and rows as in
// wavelet-reversible.ts. Factors and the order of operations are OpenJPEG's, so that its samples are ours to the bit.

/** Factors of the four lifting steps (table F.4), and the scale of low and high frequencies. */
const DELTA: f32 = -0.443506852;
const GAMMA: f32 = -0.882911075;
const BETA: f32 = 0.052980118;
const ALPHA: f32 = 1.586134342;
const LOW_SCALE: f32 = 1.230174105;
const HIGH_SCALE: f32 = 1.625732422;

/** A row's low and high half, each with room for a value before it and a block behind. */
const lows = memory.data(4 * (32768 + 64), 16) + 64;
const highs = memory.data(4 * (32768 + 64), 16) + 64;

/** Undoes one level of `width` x `height`, whose first column and row are high frequencies where `oddX`, `oddY` are 1. */
export function irreversible(at: usize, line: usize, width: i32, height: i32, oddX: i32, oddY: i32): void {
  // Rows first; columns a few rows behind, while those are still in the cache, until the last has taken all its steps.
  for (let y = 0; y < height + 5; y++) {
    const isHigh = ((y + oddY) & 1) === 1;
    if (y < height) {
      mergeRow(at + <usize>y * line, width, oddX);
      if (height === 1) return;
      scale(at + <usize>y * line, width, isHigh ? HIGH_SCALE : LOW_SCALE);
    }
    if (!isHigh) continue;
    step(at, line, width, height, y - 1, DELTA);
    step(at, line, width, height, y - 2, GAMMA);
    step(at, line, width, height, y - 3, BETA);
    step(at, line, width, height, y - 4, ALPHA);
  }
}

/** A row and `factor` times the sum of its neighbours; beyond the edges they are mirrored. */
function step(at: usize, line: usize, width: i32, height: i32, y: i32, factor: f32): void {
  if (y < 0 || y >= height) return;
  const row = at + <usize>y * line;
  const above = y > 0 ? row - line : row + line;
  const below = y + 1 < height ? row + line : row - line;
  const factors = v128.splat<f32>(factor);
  const bytes = (<usize>width) << 2;
  let x: usize = 0;
  for (; x + 16 <= bytes; x += 16) {
    const around = f32x4.add(v128.load(above + x), v128.load(below + x));
    v128.store(row + x, f32x4.add(v128.load(row + x), f32x4.mul(around, factors)));
  }
  for (; x < bytes; x += 4)
    store<f32>(row + x, load<f32>(row + x) + (load<f32>(above + x) + load<f32>(below + x)) * factor);
}

function scale(row: usize, width: i32, factor: f32): void {
  const factors = v128.splat<f32>(factor);
  const bytes = (<usize>width) << 2;
  let x: usize = 0;
  for (; x + 16 <= bytes; x += 16) v128.store(row + x, f32x4.mul(v128.load(row + x), factors));
  for (; x < bytes; x += 4) store<f32>(row + x, load<f32>(row + x) * factor);
}

/** The same in a row, and its two halves put together. */
function mergeRow(row: usize, width: i32, odd: i32): void {
  if (width === 1) return;
  const lowBytes = (<usize>((width + 1 - odd) >> 1)) << 2;
  const highBytes = ((<usize>width) << 2) - lowBytes;
  memory.copy(lows, row, lowBytes);
  memory.copy(highs, row + lowBytes, highBytes);
  scale(lows, <i32>(lowBytes >> 2), LOW_SCALE);
  scale(highs, <i32>(highBytes >> 2), HIGH_SCALE);
  // Neighbours: of a low value the high ones before and behind it, of a high one the low ones.
  const before = highs - ((<usize>(1 - odd)) << 2);
  const left = lows - ((<usize>odd) << 2);
  mirror(highs, highBytes);
  lift(lows, lowBytes, before, DELTA);
  mirror(lows, lowBytes);
  lift(highs, highBytes, left, GAMMA);
  mirror(highs, highBytes);
  lift(lows, lowBytes, before, BETA);
  mirror(lows, lowBytes);
  lift(highs, highBytes, left, ALPHA);

  const first = odd === 1 ? highs : lows;
  const second = odd === 1 ? lows : highs;
  const pairs = (<usize>width >> 1) << 2;
  let x: usize = 0;
  for (; x + 16 <= pairs; x += 16) {
    const a = v128.load(first + x);
    const b = v128.load(second + x);
    v128.store(row + 2 * x, v128.shuffle<i32>(a, b, 0, 4, 1, 5));
    v128.store(row + 2 * x, v128.shuffle<i32>(a, b, 2, 6, 3, 7), 16);
  }
  for (; x < pairs; x += 4) {
    store<f32>(row + 2 * x, load<f32>(first + x));
    store<f32>(row + 2 * x, load<f32>(second + x), 4);
  }
  if ((width & 1) === 1) store<f32>(row + 2 * pairs, load<f32>(first + pairs));
}

function mirror(values: usize, bytes: usize): void {
  store<f32>(values - 4, load<f32>(values));
  store<f32>(values + bytes, load<f32>(values + bytes - 4));
}

function lift(values: usize, bytes: usize, neighbours: usize, factor: f32): void {
  const factors = v128.splat<f32>(factor);
  for (let x: usize = 0; x < bytes; x += 16) {
    const around = f32x4.add(v128.load(neighbours + x), v128.load(neighbours + x, 4));
    v128.store(values + x, f32x4.add(v128.load(values + x), f32x4.mul(around, factors)));
  }
}
