import { metricNames, type BinaryMetrics, type Estimate, type MetricName } from "./binary-metrics.ts";
import { bootstrap, numberUnits } from "./bootstrap.ts";
import { operatingPoints } from "./curves.ts";
import { confusionAt, createSample } from "./sample.ts";

export interface EvaluationInput {
  /** Of being malignant, 0..1, one a row. */
  probabilities: ArrayLike<number>;
  /** 0 benign, 1 malignant, one a row. */
  labels: ArrayLike<number>;
  /** The patient (or study) of each row. Images of one patient are not independent: intervals that ignore this are too narrow. */
  groups?: ArrayLike<string | number> | undefined;
  /** Seed of the resampling; the same seed gives the same intervals. */
  seed?: number | undefined;
  /** Bootstrap resamples, 2000 unless told; 0: no intervals. */
  resamples?: number | undefined;
  /** A row counts as malignant from this probability on, .5 unless told. */
  threshold?: number | undefined;
}

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
  const { unitOf, units } = numberUnits(groups, labels.length);
  const sample = createSample({ probabilities, labels, unitOf, thresholds: [threshold] });
  const measured = bootstrap([sample], { units, resamples, seed });
  const estimates = Object.fromEntries(metricNames.map((name) => [name, measured.estimate(0, name)])) as Record<
    MetricName,
    Estimate
  >; // fromEntries forgets the names it was given
  const confusion = confusionAt(sample);
  return {
    rows: sample.ranking.rows,
    positives: confusion.truePositives + confusion.falseNegatives,
    threshold,
    bootstrap: { resamples, seed, unit: groups === undefined ? "row" : "group", units },
    ...estimates,
    confusion,
    ...operatingPoints(sample.ranking),
  };
}
