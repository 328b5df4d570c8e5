import type { GreyImage } from "../grey-image.ts";

/** Weights are integers of 11 bits. */
const one = 2048;

/**
 * What OpenCV's `INTER_AREA` becomes where a side grows: linear interpolation whose blends are no wider than one target
 * pixel, in its fixed-point arithmetic.
 *
 * @returns `Uint8Array, [heightPx, widthPx]`
 */
export function enlargeLinear(image: GreyImage, widthPx: number, heightPx: number): Uint8Array {
  const columns = blends(image.width, widthPx);
  const rows = blends(image.height, heightPx);
  const enlarged = new Uint8Array(widthPx * heightPx);
  const at = (x: number, y: number): number => image.pixels[image.offset + y * image.stride + x] ?? 0;
  for (const [y, row] of rows.entries())
    for (const [x, column] of columns.entries()) {
      const [upper, lower] = [row.before, row.behind].map(
        (sourceY) => at(column.before, sourceY) * (one - column.weight) + at(column.behind, sourceY) * column.weight,
      ) as [number, number]; // a map over two gives two
      const blend = (((one - row.weight) * (upper >> 4)) >> 16) + ((row.weight * (lower >> 4)) >> 16);
      enlarged[y * widthPx + x] = (blend + 2) >> 2;
    }
  return enlarged;
}

/** For each target pixel the two source pixels it lies between, and the weight of the second, 0..2048. */
function blends(from: number, to: number): { before: number; behind: number; weight: number }[] {
  const inverse = to / from;
  const scale = 1 / inverse; // not `from / to`: the last bit decides between neighbours, and must be OpenCV's
  return Array.from({ length: to }, (_, index) => {
    const before = Math.floor(index * scale);
    const reach = Math.fround(index + 1 - (before + 1) * inverse);
    const share = reach <= 0 ? 0 : reach - Math.floor(reach);
    const behind = Math.min(before + 1, from - 1);
    return { before, behind, weight: Math.round(share * one) };
  });
}
