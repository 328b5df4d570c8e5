import { createRandom } from "@mammoflow/runtime";
import { EvaluationError } from "../errors.ts";
import type { Estimate, MetricName } from "./binary-metrics.ts";
import { chanceOf } from "./normal.ts";
import { at } from "./ranking.ts";
import { figureOf, measure, type Sample } from "./sample.ts";

/** An interval is given only where the metric is defined in at least this share of the resamples. */
const definedShare = 0.9;

/** One metric of one sample with the factor that it counts with in a sum. */
export interface Term {
  sample: number;
  factor: number;
}

/** Samples measured on the same resamples, so that sums and differences of their metrics have intervals too. */
export interface Resampled {
  estimate(sample: number, metric: MetricName, cut?: number): Estimate;
  /** `sum of factor x metric`, such as the mean over seeds or the difference of two models. */
  combine(terms: readonly Term[], metric: MetricName): Estimate;
  /**
   * Two-sided p-value of the hypothesis that the sum is 0, from the normal distribution with the standard deviation of the
   * resampled sums (as pROC's bootstrap test does; Robin et al. 2011); null where the metric or the deviation is undefined.
   * Unlike a share of resamples it has no lowest value, so that it can be corrected for many comparisons.
   */
  chanceOf(terms: readonly Term[], metric: MetricName): number | null;
}

/**
 * Draws `units` of `units` with replacement, again and again, and measures every sample on each draw (Efron and Tibshirani
 * 1993, chapter 13). A unit is a patient: images of one patient are not independent, so they are drawn together.
 */
export function bootstrap(
  samples: readonly Sample[],
  { units, resamples, seed }: { units: number; resamples: number; seed: number },
): Resampled {
  const values = samples.map((sample) => measure(sample, new Int32Array(units).fill(1)));
  const draws = samples.map(({ figures }) => Array.from({ length: figures }, () => new Float64Array(resamples)));
  const random = createRandom(seed);
  const weights = new Int32Array(units);
  for (let draw = 0; draw < resamples; draw++) {
    weights.fill(0);
    for (let pick = 0; pick < units; pick++) {
      const unit = random.below(units);
      weights[unit] = (weights[unit] ?? 0) + 1;
    }
    samples.forEach((sample, index) => {
      const measured = measure(sample, weights);
      draws[index]?.forEach((figure, place) => (figure[draw] = at(measured, place)));
    });
  }
  const sumOf = (terms: readonly Term[], metric: MetricName): { value: number; drawn: Float64Array } => {
    const figure = figureOf(metric);
    const drawn = new Float64Array(resamples);
    let value = 0;
    for (const { sample, factor } of terms) {
      value += factor * at(values[sample] ?? [], figure);
      const own = draws[sample]?.[figure] ?? [];
      for (let draw = 0; draw < resamples; draw++) drawn[draw] = at(drawn, draw) + factor * at(own, draw);
    }
    return { value, drawn };
  };
  return {
    estimate(sample, metric, cut = 0) {
      const figure = figureOf(metric, cut);
      return estimateOf(at(values[sample] ?? [], figure), draws[sample]?.[figure] ?? new Float64Array());
    },
    combine(terms, metric) {
      const { value, drawn } = sumOf(terms, metric);
      return estimateOf(value, drawn);
    },
    chanceOf(terms, metric) {
      const { value, drawn } = sumOf(terms, metric);
      const defined = drawn.filter(Number.isFinite);
      if (!Number.isFinite(value) || defined.length < 2 || defined.length < definedShare * resamples) return null;
      const mean = defined.reduce((sum, one) => sum + one, 0) / defined.length;
      const variance = defined.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (defined.length - 1);
      return chanceOf(value, Math.sqrt(variance));
    },
  };
}

/**
 * Numbers the groups in the order in which they come.
 *
 * @param groups one a row; without them every row is a unit of its own
 * @throws EvaluationError when there are not as many as rows
 */
export function numberUnits(
  groups: ArrayLike<string | number> | undefined,
  rows: number,
): { unitOf: Int32Array; units: number } {
  if (groups === undefined) return { unitOf: Int32Array.from({ length: rows }, (_, row) => row), units: rows };
  if (groups.length !== rows)
    throw new EvaluationError(
      "EVALUATION_INPUT",
      `There are ${groups.length} groups for ${rows} rows: name the patient of every row, or give no groups.`,
    );
  const numbers = new Map<string | number, number>();
  const unitOf = Int32Array.from({ length: rows }, (_, row) => {
    const group = groups[row] ?? "";
    const known = numbers.get(group) ?? numbers.size;
    numbers.set(group, known);
    return known;
  });
  return { unitOf, units: numbers.size };
}

/** A value with its percentile interval; without one where too few of the draws are defined. */
export function estimateOf(value: number, draws: Float64Array): Estimate {
  if (!Number.isFinite(value)) return { value: null, low: null, high: null };
  const defined = draws.filter(Number.isFinite).toSorted();
  if (defined.length === 0 || defined.length < definedShare * draws.length) return { value, low: null, high: null };
  return { value, low: quantile(defined, 0.025), high: quantile(defined, 0.975) };
}

/** Quantile of sorted values with linear interpolation (Hyndman and Fan's type 7, NumPy's default). */
function quantile(sorted: Float64Array, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return at(sorted, below) + (position - below) * (at(sorted, above) - at(sorted, below));
}
