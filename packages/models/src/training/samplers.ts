import { classWeights, type Sampling } from "./imbalance.ts";
import type { Random } from "@mammoflow/runtime";

/** What one epoch goes through, in order. */
export interface EpochPlan {
  /** Row numbers; a row may come several times. */
  rows: Int32Array;
  /** Of each, the flip: 0 none, 1 horizontal, 2 vertical, 3 both. */
  flips: Uint8Array;
}

/**
 * Plans an epoch. Pure but for the random stream: the same labels and the same state of it give the same plan.
 *
 * @param labels 0 benign, 1 malignant, one a row
 * @param flipProbability of a horizontal flip, and independently of a vertical one
 */
export function planEpoch(
  { labels, sampling, flipProbability }: { labels: Uint8Array; sampling: Sampling; flipProbability: number },
  random: Random,
): EpochPlan {
  const rows = drawRows[sampling](labels, random);
  const flips = new Uint8Array(rows.length);
  for (let index = 0; index < flips.length; index++) {
    const horizontal = random.uniform() < flipProbability ? 1 : 0;
    const vertical = random.uniform() < flipProbability ? 2 : 0;
    flips[index] = horizontal + vertical;
  }
  return { rows, flips };
}

/** The row numbers of one epoch, by how they are chosen. */
const drawRows: Record<Sampling, (labels: Uint8Array, random: Random) => Int32Array> = {
  shuffle: (labels, random) => shuffle(rowNumbers(labels), random),
  undersample,
  oversample,
  weighted: (labels, random) => {
    const weights = classWeights(labels);
    return drawWeighted(
      Float64Array.from(labels, (label) => weights[label === 1 ? 1 : 0]),
      labels.length,
      random,
    );
  },
};

/**
 * Draws indices with replacement, each as often as its weight says: PyTorch's WeightedRandomSampler.
 *
 * @param weights not negative, at least one positive; need not sum to 1
 */
export function drawWeighted(weights: Float64Array, count: number, random: Random): Int32Array {
  const cumulative = new Float64Array(weights.length);
  let total = 0;
  weights.forEach((weight, index) => (cumulative[index] = total += weight));
  return Int32Array.from({ length: count }, () => {
    const target = random.uniform() * total;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulative[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** The rows of the class that has fewer, and those of the other. */
function byClass(labels: Uint8Array): { rarer: Int32Array; other: Int32Array } {
  const benign = rowNumbers(labels).filter((row) => labels[row] === 0);
  const malignant = rowNumbers(labels).filter((row) => labels[row] === 1);
  return benign.length < malignant.length ? { rarer: benign, other: malignant } : { rarer: malignant, other: benign };
}

/** Every row of the commoner class, and each of the rarer one equally often up to one, until there are as many; shuffled. */
function oversample(labels: Uint8Array, random: Random): Int32Array {
  const { rarer, other } = byClass(labels);
  const rows = new Int32Array(2 * other.length);
  rows.set(other);
  for (let filled = 0; filled < other.length; filled += rarer.length)
    rows.set(shuffle(rarer, random).subarray(0, other.length - filled), other.length + filled);
  return shuffle(rows, random);
}

/** Every row of the rarer class and as many of the other, shuffled. */
function undersample(labels: Uint8Array, random: Random): Int32Array {
  const { rarer, other } = byClass(labels);
  const drawn = shuffle(other, random).subarray(0, rarer.length);
  const rows = new Int32Array(2 * rarer.length);
  rows.set(rarer);
  rows.set(drawn, rarer.length);
  return shuffle(rows, random);
}

const rowNumbers = (labels: Uint8Array): Int32Array => Int32Array.from(labels, (_, row) => row);

/** Shuffles in place (Fisher and Yates). */
function shuffle(values: Int32Array, random: Random): Int32Array {
  for (let last = values.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const value = values[last] ?? 0;
    values[last] = values[other] ?? 0;
    values[other] = value;
  }
  return values;
}
