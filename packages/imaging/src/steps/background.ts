import { otsuThreshold } from "./otsu-threshold.ts";

/** Air is flat: this share of what is no brighter than it lies within a few levels of its commonest level. */
const flatShare = 0.5;
const flatReach = 4;
/** Air ends where a level occurs no more often than this share of air's commonest. */
const tailShare = 0.1;

/**
 * The brightest level that is background (air around the breast), from how often each level occurs.
 *
 * Otsu's threshold over the square roots of the levels says in which part to look: over the levels themselves, bright
 * things (an implant, a dense gland) can draw it up to between fat and themselves. Air is the peak below it and ends behind
 * that peak, so that thin tissue at the skin is not cut off.
 *
 * @param histogram `[256]`, dark first
 * @returns undefined where no dark part is flat enough to be air: the breast fills the frame, or the frame is empty
 */
export function backgroundLevel(histogram: Uint32Array): number | undefined {
  const roots = new Uint32Array(256);
  for (const [level, count] of histogram.entries()) {
    const root = rootOf(level);
    roots[root] = (roots[root] ?? 0) + count;
  }
  const threshold = otsuThreshold(roots);
  let split = 0;
  while (split < 254 && rootOf(split + 1) <= threshold) split++;
  if (!histogram.some((count, level) => level > split && count > 0)) return undefined;

  let peak = 0;
  for (let level = 0; level <= split; level++) if (countAt(histogram, level) > countAt(histogram, peak)) peak = level;
  if (countAt(histogram, peak) === 0) return undefined;
  let end = peak;
  const tail = tailShare * smoothAt(histogram, peak);
  while (end < split && smoothAt(histogram, end) > tail) end++;

  const isFlat = sum(histogram, peak - flatReach, peak + flatReach) >= flatShare * sum(histogram, 0, end);
  return isFlat ? end : undefined;
}

function rootOf(level: number): number {
  return Math.round(Math.sqrt(level / 255) * 255);
}

function countAt(histogram: Uint32Array, level: number): number {
  return histogram[level] ?? 0;
}

function smoothAt(histogram: Uint32Array, level: number): number {
  return (countAt(histogram, level - 1) + 2 * countAt(histogram, level) + countAt(histogram, level + 1)) / 4;
}

function sum(histogram: Uint32Array, from: number, to: number): number {
  let total = 0;
  for (let level = from; level <= to; level++) total += countAt(histogram, level);
  return total;
}
