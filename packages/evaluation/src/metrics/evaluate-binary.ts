import { createRandom } from "@mammoflow/runtime";
import { EvaluationError } from "../errors.ts";
import { metricNames, type BinaryMetrics, type Estimate, type MetricName } from "./binary-metrics.ts";
import { operatingPoints } from "./curves.ts";
import { measure } from "./measure.ts";
import { at, rankRows } from "./ranking.ts";

export interface EvaluationInput {
  /** Of being malignant, 0..1, one a row. */
  probabilities: ArrayLike<number>;
  /** 0 benign, 1 malignant, one a row. */
  labels: ArrayLike<number>;
  /** The study (patient) of each row. Images of one patient are not independent: intervals that ignore this are too narrow. */
  groups?: ArrayLike<string | number> | undefined;
  /** Seed of the resampling; the same seed gives the same intervals. */
  seed?: number | undefined;
  /** Bootstrap resamples, 2000 unless told; 0: no intervals. */
  resamples?: number | undefined;
  /** A row counts as malignant from this probability on, .5 unless told. */
  threshold?: number | undefined;
}

/** An interval is given only where the metric is defined in at least this share of the resamples. */
const definedShare = 0.9;

/**
 * Metrics of a binary classifier, each with a 95 % bootstrap percentile interval (Efron and Tibshirani 1993, chapter 13).
 *
 * With `groups`, whole groups are drawn with replacement (the cluster bootstrap), because images of one patient are not
 * independent. The threshold is fixed, so the intervals do not include the choice of it, nor of the model.
 *
 * @throws EvaluationError (`EVALUATION_INPUT`) when lengths differ, nothing is given, or a value lies outside its range
 */
export function evaluateBinary({
  probabilities,
  labels,
  groups,
  seed = 1,
  resamples = 2000,
  threshold = 0.5,
}: EvaluationInput): BinaryMetrics {
  const ranking = rankRows(probabilities, labels, threshold);
  const { unitOf, units } = unitsOf(groups, ranking.order);
  const { metrics, confusion } = measure(ranking, unitOf, new Int32Array(units).fill(1));
  const drawn = resample(resamples, units, seed, (weights) => measure(ranking, unitOf, weights).metrics);
  const estimates = Object.fromEntries(
    metricNames.map((name) => [name, estimate(metrics[name], drawn[name])]),
  ) as Record<MetricName, Estimate>; // fromEntries forgets the names it was given
  return {
    rows: ranking.rows,
    positives: confusion.truePositives + confusion.falseNegatives,
    threshold,
    bootstrap: { resamples, seed, unit: groups === undefined ? "row" : "group", units },
    ...estimates,
    confusion,
    ...operatingPoints(ranking),
  };
}

/** Numbers the groups, and gives every sorted row the number of its own. */
function unitsOf(groups: EvaluationInput["groups"], order: Int32Array): { unitOf: Int32Array; units: number } {
  if (groups === undefined) return { unitOf: Int32Array.from(order), units: order.length };
  if (groups.length !== order.length)
    throw new EvaluationError(
      "EVALUATION_INPUT",
      `There are ${groups.length} groups for ${order.length} rows: name the study of every row, or give no groups.`,
    );
  const numbers = new Map<string | number, number>();
  const unitOfRow = Int32Array.from({ length: groups.length }, (_, row) => {
    const group = groups[row] ?? "";
    const known = numbers.get(group) ?? numbers.size;
    numbers.set(group, known);
    return known;
  });
  return { unitOf: Int32Array.from(order, (row) => at(unitOfRow, row)), units: numbers.size };
}

/** Draws `units` of `units` with replacement, again and again, and measures each draw. */
function resample(
  resamples: number,
  units: number,
  seed: number,
  measureDraw: (weights: Int32Array) => Record<MetricName, number>,
): Record<MetricName, Float64Array> {
  const values = Object.fromEntries(metricNames.map((name) => [name, new Float64Array(resamples)])) as Record<
    MetricName,
    Float64Array
  >; // fromEntries forgets the names it was given
  const random = createRandom(seed);
  const weights = new Int32Array(units);
  for (let draw = 0; draw < resamples; draw++) {
    weights.fill(0);
    for (let pick = 0; pick < units; pick++) {
      const unit = random.below(units);
      weights[unit] = at(weights, unit) + 1;
    }
    const metrics = measureDraw(weights);
    for (const name of metricNames) values[name][draw] = metrics[name];
  }
  return values;
}

function estimate(value: number, draws: Float64Array): Estimate {
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
