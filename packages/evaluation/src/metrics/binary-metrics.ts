import { z } from "zod";

/** A metric with the bounds of its 95 % bootstrap percentile interval; null where it is undefined. */
export const estimateSchema = z.strictObject({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type Estimate = z.infer<typeof estimateSchema>;

const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();

/** Rows by truth and decision; positive means malignant. */
export const confusionSchema = z.strictObject({
  truePositives: count,
  falsePositives: count,
  trueNegatives: count,
  falseNegatives: count,
});
export type Confusion = z.infer<typeof confusionSchema>;

/** One operating point of the ROC curve: what counts as malignant is `probability >= threshold`; null: nothing does. */
const rocPointSchema = z.strictObject({
  threshold: z.number().nullable(),
  falsePositiveRate: share,
  truePositiveRate: share,
});
export type RocPoint = z.infer<typeof rocPointSchema>;

/** One operating point of the precision-recall curve. */
const prPointSchema = z.strictObject({ threshold: z.number(), recall: share, precision: share });
export type PrPoint = z.infer<typeof prPointSchema>;

/**
 * Metrics of decisions, which depend on the threshold.
 *
 * `recall` is also called sensitivity. `f1Gain` is F1 minus the F1 that calling every row malignant reaches, both on the
 * same resamples: where its interval lies above zero, the model is better than that trivial rule. `mcc` is Matthews'
 * correlation coefficient.
 */
export const decisionMetricsSchema = z.strictObject({
  accuracy: estimateSchema,
  balancedAccuracy: estimateSchema,
  precision: estimateSchema,
  recall: estimateSchema,
  specificity: estimateSchema,
  f1: estimateSchema,
  f1Gain: estimateSchema,
  mcc: estimateSchema,
});
export type DecisionMetrics = z.infer<typeof decisionMetricsSchema>;

/**
 * Metrics of the probabilities themselves, which depend on no threshold.
 *
 * `averagePrecision` is the area under the precision-recall curve without interpolation. `recallAtSpecificity90` is the
 * highest recall that any threshold reaches with a specificity of at least .9 on these very rows, so it is what the ROC
 * curve shows and not what a threshold chosen elsewhere would reach; `specificityAtRecall90` is the reverse.
 */
export const rankingMetricsSchema = z.strictObject({
  auc: estimateSchema,
  averagePrecision: estimateSchema,
  recallAtSpecificity90: estimateSchema,
  specificityAtRecall90: estimateSchema,
  brier: estimateSchema,
});
export type RankingMetrics = z.infer<typeof rankingMetricsSchema>;

/** The names of the metrics, in the order in which one resample is measured and in which they are shown. */
export const decisionMetricNames = [
  "accuracy",
  "balancedAccuracy",
  "precision",
  "recall",
  "specificity",
  "f1",
  "f1Gain",
  "mcc",
] as const satisfies (keyof DecisionMetrics)[];
export const rankingMetricNames = [
  "auc",
  "averagePrecision",
  "recallAtSpecificity90",
  "specificityAtRecall90",
  "brier",
] as const satisfies (keyof RankingMetrics)[];
export const metricNames = [...decisionMetricNames, ...rankingMetricNames] as const;
export type MetricName = (typeof metricNames)[number];

/** How a metric is called in tables. */
export const metricTitles: Record<MetricName, string> = {
  accuracy: "Accuracy",
  balancedAccuracy: "Balanced accuracy",
  precision: "Precision",
  recall: "Recall (sensitivity)",
  specificity: "Specificity",
  f1: "F1",
  f1Gain: "F1 above always malignant",
  mcc: "MCC",
  auc: "AUC",
  averagePrecision: "Average precision",
  recallAtSpecificity90: "Recall at 90 % specificity",
  specificityAtRecall90: "Specificity at 90 % recall",
  brier: "Brier score",
};

/** How the resamples were drawn that the intervals come from. */
export const bootstrapSchema = z.strictObject({
  resamples: count,
  seed: z.number().int(),
  /** What is drawn with replacement: groups (patients), or single rows where no groups were given. */
  unit: z.enum(["group", "row"]),
  units: count,
});

/** How well probabilities tell malignant (1) from benign (0). Plain JSON. */
export const binaryMetricsSchema = z.strictObject({
  rows: count,
  positives: count,
  threshold: z.number(),
  bootstrap: bootstrapSchema,
  ...decisionMetricsSchema.shape,
  ...rankingMetricsSchema.shape,
  confusion: confusionSchema,
  roc: z.array(rocPointSchema),
  pr: z.array(prPointSchema),
});
export type BinaryMetrics = z.infer<typeof binaryMetricsSchema>;
