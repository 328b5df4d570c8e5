import { otsuThreshold } from "../steps/otsu-threshold.ts";

export interface Brightness {
  /** 0..100 */
  denseShare: number;
  denseContrast: number;
  mean: number;
  deviation: number;
  skewness: number;
  entropy: number;
}

/**
 * What a histogram says: moments (NumPy's `std` and SciPy's `skew`, both of the whole population), Shannon entropy in bits
 * (SciPy's `entropy`), and the part above Otsu's threshold.
 *
 * @param histogram how often each level occurs, `[256]`; not empty
 */
export function brightnessOf(histogram: Uint32Array): Brightness {
  const threshold = otsuThreshold(histogram);
  const total = sumOf(histogram, (_, count) => count);
  const mean = sumOf(histogram, (level, count) => level * count) / total;
  const moment = (power: number): number => sumOf(histogram, (level, count) => count * (level - mean) ** power) / total;
  const variance = moment(2);
  const dense = sumOf(histogram, (level, count) => (level > threshold ? count : 0));
  const denseSum = sumOf(histogram, (level, count) => (level > threshold ? level * count : 0));
  return {
    denseShare: (100 * dense) / total,
    denseContrast: dense === 0 || dense === total ? 0 : denseSum / dense - (mean * total - denseSum) / (total - dense),
    mean,
    deviation: Math.sqrt(variance),
    skewness: variance === 0 ? 0 : moment(3) / variance ** 1.5,
    entropy: -sumOf(histogram, (_, count) => (count === 0 ? 0 : (count / total) * Math.log2(count / total))),
  };
}

function sumOf(histogram: Uint32Array, termOf: (level: number, count: number) => number): number {
  let sum = 0;
  for (const [level, count] of histogram.entries()) sum += termOf(level, count);
  return sum;
}
