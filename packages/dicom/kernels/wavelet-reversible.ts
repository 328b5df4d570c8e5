// The inverse 5/3 wavelet of JPEG 2000 (ISO/IEC 15444-1 annex F.3), in place, in integers of 16 or 32 bits.
//
// A level's rows lie `line` bytes apart in the order of the picture; of each, the low frequencies are first, behind them the
// high ones. The rows of the next lower level are those of this one that are low, so they lie twice as far apart.

/** A row's low and high half, each with room for a value before it and a block behind. */
const lows = memory.data(4 * (32768 + 64), 16) + 64;
const highs = memory.data(4 * (32768 + 64), 16) + 64;

/** Undoes one level of `width` x `height`, whose first column and row are high frequencies where `oddX`, `oddY` are 1. */
export function reversible16(at: usize, line: usize, width: i32, height: i32, oddX: i32, oddY: i32): void {
  level<i16>(at, line, width, height, oddX, oddY);
}

export function reversible32(at: usize, line: usize, width: i32, height: i32, oddX: i32, oddY: i32): void {
  level<i32>(at, line, width, height, oddX, oddY);
}

/** Rows first; columns a few rows behind, while those are still in the cache, until the last has taken both its steps. */
function level<T>(at: usize, line: usize, width: i32, height: i32, oddX: i32, oddY: i32): void {
  for (let y = 0; y < height + 3; y++) {
    if (y < height) mergeRow<T>(at + <usize>y * line, width, oddX);
    if (height === 1) {
      if (oddY === 1) halve<T>(at, width);
      return;
    }
    const isHigh = ((y + oddY) & 1) === 1;
    if (!isHigh) continue;
    lowColumn<T>(at, line, width, height, y - 1);
    highColumn<T>(at, line, width, height, y - 2);
  }
}

/** A row of low frequencies less a quarter of its high neighbours; beyond the edges they are mirrored. */
function lowColumn<T>(at: usize, line: usize, width: i32, height: i32, y: i32): void {
  if (y < 0 || y >= height) return;
  const row = at + <usize>y * line;
  const above = y > 0 ? row - line : row + line;
  const below = y + 1 < height ? row + line : row - line;
  const bytes = <usize>width * sizeof<T>();
  const two = v128.splat<T>(<T>2);
  let x: usize = 0;
  for (; x + 16 <= bytes; x += 16) {
    const around = v128.add<T>(v128.add<T>(v128.load(above + x), v128.load(below + x)), two);
    v128.store(row + x, v128.sub<T>(v128.load(row + x), v128.shr<T>(around, 2)));
  }
  for (; x < bytes; x += sizeof<T>()) {
    const around = <i32>load<T>(above + x) + <i32>load<T>(below + x) + 2;
    store<T>(row + x, <T>(<i32>load<T>(row + x) - (around >> 2)));
  }
}

/** A row of high frequencies and half of its low neighbours. */
function highColumn<T>(at: usize, line: usize, width: i32, height: i32, y: i32): void {
  if (y < 0 || y >= height) return;
  const row = at + <usize>y * line;
  const above = y > 0 ? row - line : row + line;
  const below = y + 1 < height ? row + line : row - line;
  const bytes = <usize>width * sizeof<T>();
  let x: usize = 0;
  for (; x + 16 <= bytes; x += 16) {
    const half = mean<T>(v128.load(above + x), v128.load(below + x));
    v128.store(row + x, v128.add<T>(v128.load(row + x), half));
  }
  for (; x < bytes; x += sizeof<T>()) {
    const around = <i32>load<T>(above + x) + <i32>load<T>(below + x);
    store<T>(row + x, <T>(<i32>load<T>(row + x) + (around >> 1)));
  }
}

/** Half the sum, rounded down, without the bit that the sum has more. */
function mean<T>(a: v128, b: v128): v128 {
  return v128.add<T>(v128.and(a, b), v128.shr<T>(v128.xor(a, b), 1));
}

/** The same in a row, and its two halves put together. */
function mergeRow<T>(row: usize, width: i32, odd: i32): void {
  const size = sizeof<T>();
  const lowCount = <usize>((width + 1 - odd) >> 1);
  const highCount = <usize>width - lowCount;
  if (width === 1) {
    if (odd === 1) halve<T>(row, 1);
    return;
  }
  memory.copy(lows, row, lowCount * size);
  memory.copy(highs, row + lowCount * size, highCount * size);
  store<T>(highs - size, load<T>(highs));
  store<T>(highs + highCount * size, load<T>(highs + (highCount - 1) * size));
  // Neighbours: of a low value the high ones before and behind it, of a high one the low ones.
  const before = highs - <usize>(1 - odd) * size;
  const two = v128.splat<T>(<T>2);
  for (let x: usize = 0; x < lowCount * size; x += 16) {
    const around = v128.add<T>(v128.add<T>(v128.load(before + x), v128.load(before + x + size)), two);
    v128.store(lows + x, v128.sub<T>(v128.load(lows + x), v128.shr<T>(around, 2)));
  }
  store<T>(lows - size, load<T>(lows));
  store<T>(lows + lowCount * size, load<T>(lows + (lowCount - 1) * size));
  const left = lows - <usize>odd * size;
  const pairs = (<usize>width >> 1) * size;
  let x: usize = 0;
  for (; x + 16 <= pairs; x += 16) {
    const high = v128.add<T>(v128.load(highs + x), mean<T>(v128.load(left + x), v128.load(left + x + size)));
    const low = v128.load(lows + x);
    storePairs<T>(row + 2 * x, odd === 1 ? high : low, odd === 1 ? low : high);
  }
  for (; x < pairs + size; x += size) {
    const to = row + 2 * x;
    const high = <i32>load<T>(highs + x) + ((<i32>load<T>(left + x) + <i32>load<T>(left + x + size)) >> 1);
    const isLast = x >= pairs;
    if (isLast && (width & 1) === 0) return;
    store<T>(to, odd === 1 ? <T>high : load<T>(lows + x));
    if (!isLast) store<T>(to + size, odd === 1 ? load<T>(lows + x) : <T>high);
  }
}

function storePairs<T>(to: usize, first: v128, second: v128): void {
  if (sizeof<T>() === 2) {
    v128.store(to, v128.shuffle<i16>(first, second, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(first, second, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  } else {
    v128.store(to, v128.shuffle<i32>(first, second, 0, 4, 1, 5));
    v128.store(to, v128.shuffle<i32>(first, second, 2, 6, 3, 7), 16);
  }
}

/** A single row or column of high frequencies has twice its values (F.3.6). */
function halve<T>(row: usize, width: i32): void {
  for (let x = 0; x < width; x++)
    store<T>(row + <usize>x * sizeof<T>(), <T>(<i32>load<T>(row + <usize>x * sizeof<T>()) >> 1));
}
