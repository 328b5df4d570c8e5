/** The smallest share of pixels that counts as a class; single-precision epsilon, as OpenCV has it. */
const smallestShare = 2 ** -23;

/**
 * The threshold that separates dark from bright best: N. Otsu, "A threshold selection method from gray-level histograms",
 * 1979. Pixels above it are bright. Equal to OpenCV's `THRESH_OTSU`, also in leaving out levels that hold next to nothing.
 *
 * @param histogram how often each level occurs, `[256]`
 * @returns 0..254; 0 where there is only one level
 */
export function otsuThreshold(histogram: Uint32Array): number {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  const mean = histogram.reduce((sum, count, level) => sum + level * count, 0) / total;
  let best = 0;
  let bestVariance = 0;
  let darkShare = 0;
  let darkMean = 0;
  for (const [level, count] of histogram.entries()) {
    const share = count / total;
    const darkSum = darkMean * darkShare;
    darkShare += share;
    const brightShare = 1 - darkShare;
    if (Math.min(darkShare, brightShare) < smallestShare || Math.max(darkShare, brightShare) > 1 - smallestShare) {
      darkMean = darkSum; // not a mean, and meant so: OpenCV keeps the sum here, and so loses classes below the limit
      continue;
    }
    darkMean = (darkSum + level * share) / darkShare;
    const brightMean = (mean - darkShare * darkMean) / brightShare;
    const variance = darkShare * brightShare * (darkMean - brightMean) ** 2;
    if (variance > bestVariance) {
      bestVariance = variance;
      best = level;
    }
  }
  return best;
}
