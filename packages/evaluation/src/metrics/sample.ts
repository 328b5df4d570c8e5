import {
  decisionMetricNames,
  metricNames,
  rankingMetricNames,
  type Confusion,
  type MetricName,
} from "./binary-metrics.ts";
import { at, rankRows, rowsAbove, type Ranking } from "./ranking.ts";

/** Rows that are made ready to be measured again and again under other weights. */
export interface Sample {
  ranking: Ranking;
  /** Per sorted row, which weight is its own. */
  unitOf: Int32Array;
  /** Per threshold, how many sorted rows count as malignant. */
  cuts: number[];
  /** How many numbers one measurement gives. */
  figures: number;
}

export interface SampleInput {
  probabilities: ArrayLike<number>;
  labels: ArrayLike<number>;
  /** Per row, which weight is its own. */
  unitOf: ArrayLike<number>;
  thresholds: number[];
}

/** @throws EvaluationError as `rankRows` does */
export function createSample({ probabilities, labels, unitOf, thresholds }: SampleInput): Sample {
  const ranking = rankRows(probabilities, labels);
  return {
    ranking,
    unitOf: Int32Array.from(ranking.order, (row) => at(unitOf, row)),
    cuts: thresholds.map((threshold) => rowsAbove(ranking, threshold)),
    figures: rankingMetricNames.length + thresholds.length * decisionMetricNames.length,
  };
}

/** Where `measure` puts a metric: those of the ranking first, then those of the decisions, threshold by threshold. */
export function figureOf(metric: MetricName, cut = 0): number {
  const place = metricNames.indexOf(metric);
  const ofRanking = place - decisionMetricNames.length;
  return ofRanking >= 0 ? ofRanking : rankingMetricNames.length + cut * decisionMetricNames.length + place;
}

/** Decimal shares such as .9 are not exact in binary; counts that are equal but for that are equal. */
const slack = 1e-9;

/**
 * Measures a sample in one pass, each row counted `weights[unitOf[rank]]` times.
 *
 * AUC is the Mann-Whitney statistic (a tie counts one half) and equals the trapezoid under the ROC curve; average
 * precision is the step sum of (R_n - R_n-1) P_n, as in scikit-learn, without interpolation. F1 is
 * 2 TP / (2 TP + FP + FN): 0 where malignant rows exist and none is found, undefined where there are none to find.
 * MCC is 0 where all decisions are alike and undefined where all rows are.
 *
 * @returns the metrics as `figureOf` places them; NaN where undefined (precision without a positive decision, AUC with
 *   one class)
 */
export function measure({ ranking, unitOf, cuts, figures }: Sample, weights: Int32Array): Float64Array {
  const { rows, labels, closesTie, squaredErrors } = ranking;
  // Rows before each rank, by class; complete at the ranks that close a tie, and only those are read.
  const positivesBefore = new Int32Array(rows + 1);
  const negativesBefore = new Int32Array(rows + 1);
  let positives = 0;
  let negatives = 0;
  let knownPositives = 0;
  let knownNegatives = 0;
  let pairsWon = 0;
  let precisionSum = 0;
  let squaredErrorSum = 0;
  // Elements are read in place: a function that reads all kinds of arrays would be ten times slower here.
  for (let rank = 0; rank < rows; rank++) {
    const weight = weights[unitOf[rank] ?? 0] ?? 0;
    if (labels[rank] === 1) positives += weight;
    else negatives += weight;
    squaredErrorSum += weight * (squaredErrors[rank] ?? 0);
    positivesBefore[rank + 1] = positives;
    negativesBefore[rank + 1] = negatives;
    if (closesTie[rank] === 1) {
      const tied = positives - knownPositives;
      pairsWon += (negatives - knownNegatives) * (knownPositives + tied / 2);
      if (tied > 0) precisionSum += tied * (positives / (positives + negatives));
      knownPositives = positives;
      knownNegatives = negatives;
    }
  }
  const measured = new Float64Array(figures);
  const isBoth = positives > 0 && negatives > 0;
  const strict = lastTie(ranking, negativesBefore, 0.1 * negatives + slack);
  const wide = firstTie(ranking, positivesBefore, 0.9 * positives - slack);
  measured[figureOf("auc")] = pairsWon / (positives * negatives);
  measured[figureOf("averagePrecision")] = precisionSum / positives;
  measured[figureOf("recallAtSpecificity90")] = isBoth ? at(positivesBefore, strict) / positives : Number.NaN;
  measured[figureOf("specificityAtRecall90")] = isBoth ? 1 - at(negativesBefore, wide) / negatives : Number.NaN;
  measured[figureOf("brier")] = squaredErrorSum / (positives + negatives);
  cuts.forEach((cut, index) => {
    const found = at(positivesBefore, cut);
    const alarms = at(negativesBefore, cut);
    const f1 = positives === 0 ? Number.NaN : (2 * found) / (found + alarms + positives);
    measured[figureOf("accuracy", index)] = (found + negatives - alarms) / (positives + negatives);
    measured[figureOf("balancedAccuracy", index)] = (found / positives + (negatives - alarms) / negatives) / 2;
    measured[figureOf("precision", index)] = found / (found + alarms);
    measured[figureOf("recall", index)] = found / positives;
    measured[figureOf("specificity", index)] = (negatives - alarms) / negatives;
    measured[figureOf("f1", index)] = f1;
    measured[figureOf("f1Gain", index)] = f1 - (2 * positives) / (2 * positives + negatives);
    measured[figureOf("mcc", index)] = isBoth ? correlation(found, alarms, positives, negatives) : Number.NaN;
  });
  return measured;
}

/** Rows by truth and decision at one of the sample's thresholds. */
export function confusionAt({ ranking, cuts }: Sample, index = 0): Confusion {
  const positives = (labels: Uint8Array): number => labels.reduce((sum, label) => sum + label, 0);
  const cut = cuts[index] ?? 0;
  const truePositives = positives(ranking.labels.subarray(0, cut));
  const falseNegatives = positives(ranking.labels.subarray(cut));
  return {
    truePositives,
    falsePositives: cut - truePositives,
    trueNegatives: ranking.rows - cut - falseNegatives,
    falseNegatives,
  };
}

/** Matthews' correlation of decisions with the truth. */
function correlation(found: number, alarms: number, positives: number, negatives: number): number {
  const called = found + alarms;
  const passed = positives + negatives - called;
  if (called === 0 || passed === 0) return 0;
  return (
    (found * (negatives - alarms) - alarms * (positives - found)) / Math.sqrt(called * passed * positives * negatives)
  );
}

/** The most rows that can be called malignant, no tie torn, while the count before them is at most `limit`. */
function lastTie({ closesTie, rows }: Ranking, before: Int32Array, limit: number): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (at(before, middle) <= limit) low = middle;
    else high = middle - 1;
  }
  while (low > 0 && closesTie[low - 1] !== 1) low--;
  return low;
}

/** The fewest rows that can be called malignant, no tie torn, so that the count before them reaches `goal`. */
function firstTie({ closesTie, rows }: Ranking, before: Int32Array, goal: number): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (at(before, middle) >= goal) high = middle;
    else low = middle + 1;
  }
  while (low > 0 && low < rows && closesTie[low - 1] !== 1) low++;
  return low;
}
