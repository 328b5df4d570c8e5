import type { GreyImage } from "../grey-image.ts";

/** A spot stands out from around it by this many grey levels. */
const leastContrast = 12;
/** A Gaussian ends at so many standard deviations. */
const truncation = 3;

export interface BrightSpots {
  count: number;
  strongest: number;
}

/**
 * Bright compact spots of some sizes: local maxima of the difference of a Gaussian blur and one twice as wide. Pixels
 * outside the mask take no part in the blurs.
 *
 * @param mask 1 inside, `[height, width]`
 * @param sizes standard deviations in pixels, each twice the one before
 */
export function brightSpots(image: GreyImage<Uint8Array>, mask: Uint8Array, sizes: readonly number[]): BrightSpots[] {
  const { pixels, offset, stride, width, height } = image;
  const inside = Float32Array.from(mask);
  const values = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) values[at] = (inside[at] ?? 0) * (pixels[offset + y * stride + x] ?? 0);
  const widest = (sizes.at(-1) ?? 0) * 2;
  const blurs = [...sizes, widest].map((deviation) => {
    const kernel = gaussian(deviation);
    const weight = blurred(inside, width, height, kernel);
    return blurred(values, width, height, kernel).map((sum, at) => (mask[at] === 1 ? sum / (weight[at] ?? 1) : 0));
  });
  return sizes.map((_, index) => {
    const [narrow, wide] = [blurs[index], blurs[index + 1]];
    if (narrow === undefined || wide === undefined) return { count: 0, strongest: 0 };
    return spotsIn(
      narrow.map((value, at) => (mask[at] === 1 ? value - (wide[at] ?? 0) : -Infinity)),
      width,
    );
  });
}

function spotsIn(difference: Float32Array, width: number): BrightSpots {
  let [count, strongest] = [0, 0];
  for (const [at, value] of difference.entries()) {
    if (value > strongest) strongest = value;
    if (value >= leastContrast && isMaximum(difference, width, at, value)) count++;
  }
  return { count, strongest };
}

/** Brighter than the eight around it; of equal neighbours the first in reading order counts. */
function isMaximum(values: Float32Array, width: number, at: number, value: number): boolean {
  const x = at % width;
  for (let down = -1; down <= 1; down++)
    for (let right = -1; right <= 1; right++) {
      if ((right === 0 && down === 0) || x + right < 0 || x + right >= width) continue;
      const other = values[at + down * width + right] ?? -Infinity;
      const isBefore = down < 0 || (down === 0 && right < 0);
      if (other > value || (isBefore && other === value)) return false;
    }
  return true;
}

/** Weights from the middle outwards; with the mirrored half they sum to 1. */
function gaussian(deviation: number): Float64Array {
  const reach = Math.trunc(truncation * deviation + 0.5);
  const weights = Float64Array.from({ length: reach + 1 }, (_, distance) =>
    Math.exp(-0.5 * (distance / deviation) ** 2),
  );
  const total = 2 * weights.reduce((sum, weight) => sum + weight, 0) - 1;
  return weights.map((weight) => weight / total);
}

/** Along rows, then along columns; beyond the border lie zeros. */
function blurred(values: Float32Array, width: number, height: number, kernel: Float64Array): Float32Array {
  return blurRows(blurRows(values, width, height, kernel), height, width, kernel);
}

/** Each row blurred, and written as a column: the same again makes rows of them. */
function blurRows(values: Float32Array, width: number, height: number, kernel: Float64Array): Float32Array {
  const reach = kernel.length - 1;
  const line = new Float32Array(width + 2 * reach);
  const columns = new Float32Array(values.length);
  const middle = kernel[0] ?? 0;
  for (let y = 0; y < height; y++) {
    line.set(values.subarray(y * width, (y + 1) * width), reach);
    for (let x = 0; x < width; x++) {
      let sum = middle * (line[x + reach] ?? 0);
      for (let distance = 1; distance <= reach; distance++)
        sum += (kernel[distance] ?? 0) * ((line[x + reach - distance] ?? 0) + (line[x + reach + distance] ?? 0));
      columns[x * height + y] = sum;
    }
  }
  return columns;
}
