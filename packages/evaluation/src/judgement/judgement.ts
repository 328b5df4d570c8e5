import { z } from "zod";
import {
  bootstrapSchema,
  confusionSchema,
  decisionMetricsSchema,
  estimateSchema,
  metricNames,
  rankingMetricsSchema,
} from "../metrics/binary-metrics.ts";
import { calibrationSchema } from "./calibration.ts";
import { aggregations, levelNames } from "./levels.ts";
import { operatingPointSchema } from "./operating-point.ts";

const count = z.number().int().nonnegative();
const text = z.string().min(1);

/** What a threshold that was chosen on validation reaches on the test cases. */
const testedPointSchema = z.strictObject({
  ...operatingPointSchema.shape,
  test: z.strictObject({ ...decisionMetricsSchema.shape, confusion: confusionSchema }),
});
export type TestedPoint = z.infer<typeof testedPointSchema>;

const levelJudgementSchema = z.strictObject({
  level: z.enum(levelNames),
  /** Test cases: images (as often as they count), breasts or patients. */
  cases: count,
  positives: count,
  ranking: rankingMetricsSchema,
  /** First the chosen one, then others to compare it with; each on this level's own validation cases. */
  operatingPoints: z.array(testedPointSchema).min(1),
  calibration: calibrationSchema,
});
export type LevelJudgement = z.infer<typeof levelJudgementSchema>;

const subgroupSchema = z.strictObject({
  value: text,
  /** Images, as often as they count. */
  rows: count,
  patients: count,
  positives: count,
  /** Fewer than 10 patients with a malignant image, or fewer than 10 without: its numbers say little. */
  isSmall: z.boolean(),
  metrics: z.strictObject({ ...decisionMetricsSchema.shape, ...rankingMetricsSchema.shape }),
});
export type Subgroup = z.infer<typeof subgroupSchema>;

/**
 * The difference between the groups with the highest and the lowest value, small groups left out. The two are picked
 * because they lie farthest apart, so some gap is to be expected from chance alone.
 */
const gapSchema = z.strictObject({ highest: text, lowest: text, difference: estimateSchema });
export type Gap = z.infer<typeof gapSchema>;

/** Every metric, at the chosen operating point, by the values of one column; at the image level. */
const subgroupingSchema = z.strictObject({
  /** `density`, `laterality`, `view`, `manufacturer`, `age`, `source`, or a column of the data set's own. */
  column: text,
  groups: z.array(subgroupSchema).min(1),
  /** By metric; absent where fewer than two groups can be compared. */
  gaps: z.partialRecord(z.enum(metricNames), gapSchema),
});
export type Subgrouping = z.infer<typeof subgroupingSchema>;

/** Test images of the sources that were trained on, beside those of other sources. */
const transferSchema = z.strictObject({
  trainedOn: z.array(text).min(1),
  inside: subgroupSchema.nullable(),
  outside: subgroupSchema.nullable(),
  /** Inside minus outside; null where one of them is missing. */
  aucDifference: estimateSchema.nullable(),
});
export type Transfer = z.infer<typeof transferSchema>;

/** All that is found out about one model on its test images. Plain JSON. */
export const judgementSchema = z.strictObject({
  /** How the probabilities of a breast's images become that of the breast. */
  aggregation: z.enum(aggregations),
  /** Patients are drawn; all levels and groups are measured on the same resamples. */
  bootstrap: bootstrapSchema,
  /** The image level first. */
  levels: z.array(levelJudgementSchema).min(1),
  subgroups: z.array(subgroupingSchema),
  /** Null where the sources are not known. */
  transfer: transferSchema.nullable(),
});
export type Judgement = z.infer<typeof judgementSchema>;
