import type { MetricName } from "./binary-metrics.ts";

/**
 * The best that a rule reaches which looks at no image, where this share of the cases is malignant: calling all malignant or
 * all benign, or giving all the prevalence. Null where such a rule reaches every value, as recall and specificity.
 */
export function withoutLooking(positives: number, cases: number): Record<MetricName, number | null> {
  const prevalence = cases === 0 ? null : positives / cases;
  const from = (share: (prevalence: number) => number): number | null =>
    prevalence === null ? null : share(prevalence);
  return {
    auc: 0.5,
    averagePrecision: prevalence,
    recallAtSpecificity90: 0.1,
    specificityAtRecall90: 0.1,
    brier: from((share) => share * (1 - share)),
    recall: null,
    specificity: null,
    precision: prevalence,
    f1: from((share) => (2 * share) / (1 + share)),
    f1Gain: 0,
    balancedAccuracy: 0.5,
    mcc: 0,
    accuracy: from((share) => Math.max(share, 1 - share)),
  };
}
