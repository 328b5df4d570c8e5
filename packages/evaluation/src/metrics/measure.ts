import type { Confusion, MetricName } from "./binary-metrics.ts";
import { at, type Ranking } from "./ranking.ts";

/**
 * Measures a ranking in one pass, each row counted `weights[unitOf[rank]]` times.
 *
 * AUC is the Mann-Whitney statistic (a tie counts one half) and equals the trapezoid under the ROC curve; average
 * precision is the step sum of (R_n - R_n-1) P_n, as in scikit-learn, without interpolation. F1 is
 * 2 TP / (2 TP + FP + FN): 0 where malignant rows exist and none is found, undefined where there are none to find.
 *
 * @param unitOf per sorted row, which weight is its own
 * @returns the metrics; NaN where undefined (precision without a positive decision, AUC with one class), and the counts
 */
export function measure(
  ranking: Ranking,
  unitOf: Int32Array,
  weights: Int32Array,
): { metrics: Record<MetricName, number>; confusion: Confusion } {
  const { rows, labels, closesTie, squaredErrors, decidedPositive } = ranking;
  let positives = 0;
  let negatives = 0;
  let tiePositives = 0;
  let tieNegatives = 0;
  let truePositives = 0;
  let falsePositives = 0;
  let pairsWon = 0;
  let precisionSum = 0;
  let squaredErrorSum = 0;
  for (let rank = 0; rank < rows; rank++) {
    if (rank === decidedPositive) {
      truePositives = positives;
      falsePositives = negatives;
    }
    const weight = at(weights, at(unitOf, rank));
    if (labels[rank] === 1) tiePositives += weight;
    else tieNegatives += weight;
    squaredErrorSum += weight * at(squaredErrors, rank);
    if (closesTie[rank] === 1) {
      pairsWon += tieNegatives * (positives + tiePositives / 2);
      positives += tiePositives;
      negatives += tieNegatives;
      if (tiePositives > 0) precisionSum += tiePositives * (positives / (positives + negatives));
      tiePositives = 0;
      tieNegatives = 0;
    }
  }
  if (decidedPositive === rows) {
    truePositives = positives;
    falsePositives = negatives;
  }
  const total = positives + negatives;
  const falseNegatives = positives - truePositives;
  const trueNegatives = negatives - falsePositives;
  const f1 = positives === 0 ? Number.NaN : (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives);
  return {
    metrics: {
      accuracy: (truePositives + trueNegatives) / total,
      precision: truePositives / (truePositives + falsePositives),
      recall: truePositives / positives,
      specificity: trueNegatives / negatives,
      f1,
      f1Gain: f1 - (2 * positives) / (2 * positives + negatives),
      auc: pairsWon / (positives * negatives),
      averagePrecision: precisionSum / positives,
      brier: squaredErrorSum / total,
    },
    confusion: { truePositives, falsePositives, trueNegatives, falseNegatives },
  };
}
