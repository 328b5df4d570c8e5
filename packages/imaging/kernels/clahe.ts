// Contrast-limited adaptive histogram equalisation of 8-bit images; src/steps/clahe.ts has its source and the clipping.

/** Bytes of one tile's histogram, and of its map from level to level. */
const HISTOGRAM_BYTES: i32 = 1024;
const MAP_BYTES: i32 = 256;

/**
 * Histograms of one row of tiles, 256 u32 for each tile, at `to`, which must be empty.
 *
 * @param rows addresses of the tiles' rows, u32, mirrored at the border
 * @param columns columns of all tiles, u32, mirrored at the border
 */
export function countTiles(rows: usize, tileHeight: i32, columns: usize, tileWidth: i32, tiles: i32, to: usize): void {
  for (const end = rows + ((<usize>tileHeight) << 2); rows < end; rows += 4) {
    const row = <usize>load<u32>(rows);
    let column = columns;
    let histogram = to;
    for (let tile = 0; tile < tiles; tile++, histogram += HISTOGRAM_BYTES) {
      for (const stop = column + ((<usize>tileWidth) << 2); column < stop; column += 4) {
        const counter = histogram + ((<usize>load<u8>(row + <usize>load<u32>(column))) << 2);
        store<u32>(counter, load<u32>(counter) + 1);
      }
    }
  }
}

/**
 * One row of levels, each blended from the maps of the four tiles around it.
 *
 * @param across for each column: u32 offset of the map before, u32 offset of the map behind, f32 weight of the latter
 * @param upper and `lower`: addresses of the maps of the tile rows above and below; `below` the weight of the latter
 */
export function blendRow(
  row: usize,
  width: i32,
  across: usize,
  upper: usize,
  lower: usize,
  below: f32,
  to: usize,
): void {
  const above: f32 = 1 - below;
  for (const end = row + <usize>width; row < end; row++, to++, across += 12) {
    const level = <usize>load<u8>(row);
    const before = <usize>load<u32>(across) + level;
    const behind = <usize>load<u32>(across, 4) + level;
    const right = load<f32>(across, 8);
    const left: f32 = 1 - right;
    const top: f32 = <f32>load<u8>(upper + before) * left + <f32>load<u8>(upper + behind) * right;
    const bottom: f32 = <f32>load<u8>(lower + before) * left + <f32>load<u8>(lower + behind) * right;
    store<u8>(to, <u8>nearest<f32>(top * above + bottom * below));
  }
}
