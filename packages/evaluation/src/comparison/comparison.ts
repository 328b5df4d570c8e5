import { z } from "zod";
import {
  bootstrapSchema,
  decisionMetricsSchema,
  estimateSchema,
  metricNames,
  rankingMetricsSchema,
  type MetricName,
} from "../metrics/binary-metrics.ts";
import { levelNames } from "../judgement/levels.ts";

const count = z.number().int().nonnegative();
const text = z.string().min(1);

/**
 * The mean of a metric over seeds. Its interval is that of the mean, from the bootstrap over patients: what other patients
 * would change. The standard deviation and the range are over the seeds: what training once more would change; null with
 * one seed, because one seed cannot tell.
 */
const seedEstimateSchema = z.strictObject({
  ...estimateSchema.shape,
  sd: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
});
export type SeedEstimate = z.infer<typeof seedEstimateSchema>;
export type SeedMetrics = Record<MetricName, SeedEstimate>;

const seedMetricsSchema = z.record(z.enum(metricNames), seedEstimateSchema);

/** The experiments of a run that differ in nothing but their seed. */
const comparedRowSchema = z.strictObject({
  run: text,
  /** `<backbone>-<strategy>-<part>` and what a grid adds. */
  name: text,
  backbone: text,
  backboneTitle: text,
  strategy: text,
  part: text,
  seeds: z.array(z.number().int()).min(1),
  /** Where each seed's model decides. */
  thresholds: z.array(z.number()).min(1),
  metrics: seedMetricsSchema,
});
export type ComparedRow = z.infer<typeof comparedRowSchema>;

/** A row minus the reference, each the mean over its seeds, on the same images and the same resamples. */
const differenceSchema = z.strictObject({
  row: count,
  metrics: z.record(z.enum(metricNames), estimateSchema),
  /** Two-sided p-value of the paired bootstrap that the AUCs are equal; null where undefined. */
  p: z.number().nullable(),
  /** The same after Holm's correction for all the differences of this comparison. */
  holm: z.number().nullable(),
  /** DeLong's test of the AUCs, which takes images for independent; null with several seeds. */
  delong: z.strictObject({ low: z.number(), high: z.number(), p: z.number() }).nullable(),
});
export type Difference = z.infer<typeof differenceSchema>;

/** Test images of the sources that a model learnt from (all, where sources are not known), of other sources, or both. */
export const comparedImages = ["inside", "outside", "all"] as const;
export type ComparedImages = (typeof comparedImages)[number];

/** Experiments of one run or several, side by side on the images that all of them were tested on. Plain JSON. */
export const comparisonSchema = z.strictObject({
  level: z.enum(levelNames),
  images: z.enum(comparedImages),
  /** Where decisions are made: each model's own operating point (.5 where validation could not choose one), or one threshold for all. */
  threshold: z.union([z.literal("own"), z.number()]),
  cases: count,
  positives: count,
  bootstrap: bootstrapSchema,
  /** Test images that were left out, because not every run has them. */
  leftOut: z.array(z.strictObject({ run: text, images: count })),
  /** Best mean AUC first. */
  rows: z.array(comparedRowSchema).min(1),
  /** Which row the others are compared with, and whether it was chosen for its AUC on these very images. */
  reference: z.strictObject({ row: count, isBest: z.boolean() }),
  differences: z.array(differenceSchema),
  baselines: z.array(
    z.strictObject({
      name: text,
      title: text,
      metrics: z.strictObject({ ...decisionMetricsSchema.shape, ...rankingMetricsSchema.shape }),
    }),
  ),
  /** Settings in which the rows differ: one value a row, null where a row has no such setting. */
  settings: z.array(z.strictObject({ setting: text, values: z.array(z.string().nullable()) })),
});
export type Comparison = z.infer<typeof comparisonSchema>;
