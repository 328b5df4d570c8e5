// Contrast-limited adaptive histogram equalisation; src/steps/clahe.ts has its source and the clipping. T is u8 or u16.

/** Number of grey levels. */
function levels<T>(): usize {
  return (<usize>1) << (sizeof<T>() << 3);
}

function count<T>(rows: usize, tileHeight: i32, columns: usize, tileWidth: i32, tiles: i32, to: usize): void {
  for (const end = rows + ((<usize>tileHeight) << 2); rows < end; rows += 4) {
    const row = <usize>load<u32>(rows);
    let column = columns;
    let histogram = to;
    for (let tile = 0; tile < tiles; tile++, histogram += levels<T>() << 2) {
      for (const stop = column + ((<usize>tileWidth) << 2); column < stop; column += 4) {
        const counter = histogram + ((<usize>load<T>(row + <usize>load<u32>(column) * sizeof<T>())) << 2);
        store<u32>(counter, load<u32>(counter) + 1);
      }
    }
  }
}

/**
 * Histograms of one row of tiles, u32 for each level of each tile, at `to`, which must be empty.
 *
 * @param rows addresses of the tiles' rows, u32, mirrored at the border
 * @param columns columns of all tiles, u32, mirrored at the border
 */
export function countTiles8(rows: usize, tileHeight: i32, columns: usize, tileWidth: i32, tiles: i32, to: usize): void {
  count<u8>(rows, tileHeight, columns, tileWidth, tiles, to);
}

export function countTiles16(
  rows: usize,
  tileHeight: i32,
  columns: usize,
  tileWidth: i32,
  tiles: i32,
  to: usize,
): void {
  count<u16>(rows, tileHeight, columns, tileWidth, tiles, to);
}

/** Level `level` of the four maps around a place, in one word: upper left, upper right, lower left, lower right. */
function joinMaps(upperLeft: usize, upperRight: usize, lowerLeft: usize, lowerRight: usize, to: usize): void {
  for (let level: usize = 0; level < 256; level++, to += 4) {
    store<u8>(to, load<u8>(upperLeft + level));
    store<u8>(to, load<u8>(upperRight + level), 1);
    store<u8>(to, load<u8>(lowerLeft + level), 2);
    store<u8>(to, load<u8>(lowerRight + level), 3);
  }
}

/**
 * For a row of places between tiles, the levels of the four maps around each, 256 words a place; there is a place before the
 * first tile's centre, and one behind the last's.
 */
export function joinMapRow(upper: usize, lower: usize, tiles: i32, to: usize): void {
  for (let place = 0; place <= tiles; place++, to += 1024) {
    const left = (<usize>max(place - 1, 0)) << 8;
    const right = (<usize>min(place, tiles - 1)) << 8;
    joinMaps(upper + left, upper + right, lower + left, lower + right, to);
  }
}

/** Byte `n` of four words, as four singles. */
function byteOf(words: v128, n: i32): v128 {
  return f32x4.convert_i32x4_u(v128.and(v128.shr<u32>(words, n << 3), v128.splat<i32>(0xff)));
}

function blend4(words: v128, left: v128, right: v128, above: v128, below: v128): v128 {
  const top = f32x4.add(f32x4.mul(byteOf(words, 0), left), f32x4.mul(byteOf(words, 1), right));
  const bottom = f32x4.add(f32x4.mul(byteOf(words, 2), left), f32x4.mul(byteOf(words, 3), right));
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.add(f32x4.mul(top, above), f32x4.mul(bottom, below))));
}

/**
 * One row of 8-bit levels, each blended from the maps of the four tiles around it.
 *
 * @param maps as `joinMapRow` makes them
 * @param ends for each place the column behind its last, u32
 * @param rights for each column the weight of what lies on the right, f32
 * @param below the weight of what lies below
 */
export function blendRow8(
  row: usize,
  width: i32,
  maps: usize,
  ends: usize,
  rights: usize,
  below: f32,
  to: usize,
): void {
  const ones = v128.splat<f32>(1);
  const belows = v128.splat<f32>(below);
  const aboves = f32x4.sub(ones, belows);
  let x: usize = 0;
  for (; x < <usize>width; maps += 1024, ends += 4) {
    const end = <usize>load<u32>(ends);
    for (; x < end; x += 4) {
      // Up to three levels of the next place are blended by this one's maps, and again by their own.
      const levels = load<u32>(row + x);
      let words = v128.load32_zero(maps + <usize>((levels & 0xff) << 2));
      words = v128.load_lane<u32>(maps + <usize>((levels >> 6) & 0x3fc), words, 1);
      words = v128.load_lane<u32>(maps + <usize>((levels >> 14) & 0x3fc), words, 2);
      words = v128.load_lane<u32>(maps + <usize>((levels >> 22) & 0x3fc), words, 3);
      const right = v128.load(rights + (x << 2));
      const blended = blend4(words, f32x4.sub(ones, right), right, aboves, belows);
      const narrow = v128.narrow<i32>(blended, blended);
      store<u32>(to + x, v128.extract_lane<u32>(i8x16.narrow_i16x8_u(narrow, narrow), 0));
    }
    x = end;
  }
}

/**
 * The same of 16-bit levels, from the maps as they are.
 *
 * @param befores for each column bytes to the map on its left, u32; `behinds`: on its right
 * @param upper and `lower`: addresses of the maps of the tile rows above and below
 */
export function blendRow16(
  row: usize,
  width: i32,
  befores: usize,
  behinds: usize,
  rights: usize,
  upper: usize,
  lower: usize,
  below: f32,
  to: usize,
): void {
  const above: f32 = 1 - below;
  for (const end = row + ((<usize>width) << 1); row < end; row += 2, to += 2, befores += 4, behinds += 4, rights += 4) {
    const level = (<usize>load<u16>(row)) << 1;
    const before = <usize>load<u32>(befores) + level;
    const behind = <usize>load<u32>(behinds) + level;
    const right = load<f32>(rights);
    const left: f32 = 1 - right;
    const top: f32 = <f32>load<u16>(upper + before) * left + <f32>load<u16>(upper + behind) * right;
    const bottom: f32 = <f32>load<u16>(lower + before) * left + <f32>load<u16>(lower + behind) * right;
    store<u16>(to, <u16>nearest<f32>(top * above + bottom * below));
  }
}
