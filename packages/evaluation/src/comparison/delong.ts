import { chanceOf, z975 } from "../metrics/normal.ts";
import { at } from "../metrics/ranking.ts";

/** Two areas under the ROC curve on the same rows, and what their difference is worth. */
export interface DelongTest {
  aucs: [number, number];
  /** The first minus the second, with its 95 % interval from the normal distribution. */
  difference: number;
  low: number;
  high: number;
  /** Two-sided. */
  p: number;
}

/**
 * DeLong's test of two correlated areas under the ROC curve (DeLong, DeLong and Clarke-Pearson 1988), from midranks in
 * O(n log n) (Sun and Xu 2014).
 *
 * It takes the rows for independent. Images of one patient are not, so it is too sure of itself on them: the paired
 * bootstrap over patients is this project's measure, and this test stands beside it because it is the field's custom.
 *
 * @param labels 0 benign, 1 malignant, one a row
 * @param probabilities of both models on the same rows
 * @returns null where the variance is not defined: fewer than two rows of a class
 */
export function delong(
  labels: ArrayLike<number>,
  probabilities: readonly [ArrayLike<number>, ArrayLike<number>],
): DelongTest | null {
  const rows = Array.from({ length: labels.length }, (_, row) => row);
  const malignant = rows.filter((row) => labels[row] === 1);
  const benign = rows.filter((row) => labels[row] !== 1);
  if (malignant.length < 2 || benign.length < 2) return null;
  const [first, second] = [
    components(probabilities[0], malignant, benign),
    components(probabilities[1], malignant, benign),
  ];
  const difference = first.auc - second.auc;
  const variance =
    varianceOf(first.found.map((share, row) => share - at(second.found, row))) / malignant.length +
    varianceOf(first.passed.map((share, row) => share - at(second.passed, row))) / benign.length;
  const error = Math.sqrt(variance);
  return {
    aucs: [first.auc, second.auc],
    difference,
    low: difference - z975 * error,
    high: difference + z975 * error,
    p: chanceOf(difference, error),
  };
}

/** DeLong's structural components: of each malignant row the share of benign ones below it, and of each benign row the share of malignant ones above it. */
function components(
  probabilities: ArrayLike<number>,
  malignant: number[],
  benign: number[],
): { auc: number; found: number[]; passed: number[] } {
  const valuesOf = (rows: number[]): number[] => rows.map((row) => at(probabilities, row));
  const [own, other] = [valuesOf(malignant), valuesOf(benign)];
  const all = midranks([...own, ...other]);
  const [ownRanks, otherRanks] = [midranks(own), midranks(other)];
  const found = own.map((_, row) => (at(all, row) - at(ownRanks, row)) / other.length);
  const passed = other.map((_, row) => 1 - (at(all, own.length + row) - at(otherRanks, row)) / own.length);
  return { auc: found.reduce((sum, share) => sum + share, 0) / found.length, found, passed };
}

/** Ranks from 1, equal values sharing the mean of theirs. */
function midranks(values: number[]): Float64Array {
  const order = values.map((_, index) => index).toSorted((a, b) => at(values, a) - at(values, b));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && at(values, at(order, end)) === at(values, at(order, start))) end++;
    for (let place = start; place < end; place++) ranks[at(order, place)] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

/** Sample variance, with n - 1. */
function varianceOf(values: number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
