import { z } from "zod";

/** A metric with the bounds of its 95 % bootstrap percentile interval; null where it is undefined. */
const estimateSchema = z.strictObject({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type Estimate = z.infer<typeof estimateSchema>;

const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();

/** Rows by truth and decision; positive means malignant. */
const confusionSchema = z.strictObject({
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
 * How well probabilities tell malignant (1) from benign (0). Plain JSON.
 *
 * `f1Gain` is F1 minus the F1 that calling every row malignant reaches, both on the same resamples: where its interval
 * lies above zero, the model is better than that trivial rule.
 */
export const binaryMetricsSchema = z.strictObject({
  rows: count,
  positives: count,
  threshold: z.number(),
  bootstrap: z.strictObject({
    resamples: count,
    seed: z.number().int(),
    /** What is drawn with replacement: groups (studies), or single rows where no groups were given. */
    unit: z.enum(["group", "row"]),
    units: count,
  }),
  accuracy: estimateSchema,
  precision: estimateSchema,
  /** Also called sensitivity. */
  recall: estimateSchema,
  specificity: estimateSchema,
  f1: estimateSchema,
  f1Gain: estimateSchema,
  auc: estimateSchema,
  averagePrecision: estimateSchema,
  brier: estimateSchema,
  confusion: confusionSchema,
  roc: z.array(rocPointSchema),
  pr: z.array(prPointSchema),
});
export type BinaryMetrics = z.infer<typeof binaryMetricsSchema>;

/** The metrics that carry an interval, in the order in which one resample is measured. */
export const metricNames = [
  "accuracy",
  "precision",
  "recall",
  "specificity",
  "f1",
  "f1Gain",
  "auc",
  "averagePrecision",
  "brier",
] as const;
export type MetricName = (typeof metricNames)[number];
