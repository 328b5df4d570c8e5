import { z } from "zod";
import { energySchema } from "@mammoflow/runtime";
import { comparisonSchema } from "./comparison/comparison.ts";
import { EvaluationError } from "./errors.ts";
import { explanationsSchema } from "./explanations/explanations.ts";
import { explanationSchema } from "./explanation.ts";
import { judgementSchema } from "./judgement/judgement.ts";
import { binaryMetricsSchema } from "./metrics/binary-metrics.ts";

const count = z.number().int().nonnegative();
const text = z.string().min(1);
const configuration = z.record(z.string(), z.json());

/** Facts of one split; benign, malignant, BI-RADS and density are counted in rows. */
const splitSchema = z.strictObject({
  split: text,
  studies: count,
  images: count,
  rows: count,
  benign: count,
  malignant: count,
  /** Rows by BI-RADS category, keys "0".."6" and "not given"; empty where the data set has none. */
  birads: z.record(z.string(), count),
  /** Rows by breast density, keys "A".."D" and "not given"; empty where the data set has none. */
  density: z.record(z.string(), count),
});
export type SplitFacts = z.infer<typeof splitSchema>;

const epochSchema = z.strictObject({
  epoch: z.number().int().positive(),
  trainLoss: z.number(),
  validationLoss: z.number().nullable(),
  validationAuc: z.number().nullable(),
  /** Of its last step. */
  learningRate: z.number().optional(),
});

/** A PNG as base64, without the `data:` prefix. */
const pngBase64 = z.base64().startsWith("iVBORw0KGgo", "must be a PNG in base64");

/** One trained and evaluated model. */
export const experimentSchema = z.strictObject({
  /** `<backbone>-<strategy>-<part>-s<seed>` */
  name: text,
  backbone: text,
  backboneTitle: text,
  strategy: text,
  /** What was trained: `head`, ... */
  part: text,
  seed: z.number().int(),
  /** Training settings in which it differs from the run's. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  /** The data set that it did not learn from. */
  leftOut: text.optional(),
  weights: z.strictObject({ source: text, licence: text, sha256: z.string().optional() }),
  epochs: z.array(epochSchema),
  /** The epoch whose weights were evaluated; the last one where absent. */
  chosenEpoch: z.number().int().positive().optional(),
  /** Why this epoch, to end the sentence "Epoch 6 was taken, ...". */
  chosenBecause: text.optional(),
  /** The split that `metrics` come from. */
  evaluatedOn: text,
  /** Per image, decided at `metrics.threshold`: .5, or the operating point. */
  metrics: binaryMetricsSchema,
  /** Levels, operating points, calibration and subgroups; absent in runs of earlier versions. */
  judgement: judgementSchema.optional(),
  /** Of trees over named image features. */
  explanation: explanationSchema.optional(),
  /** sha256 of what it was made from and of what came out, by name: `manifest`, `model`, ... */
  hashes: z.record(text, text).optional(),
  configuration,
  durationSeconds: z.number().nonnegative().optional(),
  /** Of training and evaluation. */
  energy: energySchema.optional(),
});
export type Experiment = z.infer<typeof experimentSchema>;

const notRunSchema = z.strictObject({
  ...experimentSchema.pick({
    name: true,
    backbone: true,
    strategy: true,
    part: true,
    seed: true,
    settings: true,
    leftOut: true,
  }).shape,
  /** What is in the way, or what to do; `commands` may stand in backticks. */
  reason: text,
});
export type NotRun = z.infer<typeof notRunSchema>;

/**
 * Everything that a report, a comparison and a model card are made from, as plain JSON. The same summary always gives
 * the same bytes: no time of day and no host name is inside; durations are shown only when given.
 */
export const runSummarySchema = z.strictObject({
  runId: text,
  packageVersion: text,
  /** The run's configuration as it was resolved when the run was submitted. */
  configuration,
  /** What the run's settings were taken from, and what was changed of it; absent in runs of earlier versions. */
  protocol: z
    .strictObject({
      name: text,
      changed: z.array(z.strictObject({ option: text, from: z.string(), to: z.string() })),
    })
    .optional(),
  dataset: z.strictObject({
    name: text,
    /** True for generated phantoms, whose numbers say nothing about mammograms. */
    isSynthetic: z.boolean(),
    /** By BI-RADS, or in the data set's words: `malignantWhere` ends "Malignant where ...", `truth` says what the label is. */
    labelRule: z.union([
      z.strictObject({
        malignantFrom: z.union([z.literal(3), z.literal(4)]),
        excludeBirads: z.array(z.number().int()),
        rows: z.enum(["images", "findings"]),
      }),
      z.strictObject({ malignantWhere: text, truth: text, rows: z.enum(["images", "findings"]) }),
    ]),
    /** Present when the data set has no split of its own. */
    madeSplit: z.strictObject({ seed: count, testShare: z.number() }).optional(),
    splits: z.array(splitSchema),
  }),
  recipe: z.strictObject({ name: text, hash: text, steps: z.array(text) }),
  pictures: z.array(z.strictObject({ caption: text, beforePng: pngBase64, afterPng: pngBase64 })),
  /** Counted in studies: submitted = completed + failed. `failures` may name fewer than `failed`. */
  preprocessing: z.strictObject({
    submitted: count,
    completed: count,
    failed: count,
    failures: z.array(z.strictObject({ subject: text, reason: text })),
  }),
  experiments: z.array(experimentSchema),
  /** Experiments that were asked for and could not run. */
  notRun: z.array(notRunSchema),
  /**
   * The experiments side by side over their seeds, decided where their own metrics are; one comparison for each set of images that experiments
   * were tested on. Absent in runs of earlier versions.
   */
  comparisons: z.array(comparisonSchema).optional(),
  baselines: z.array(z.strictObject({ name: text, title: text, metrics: binaryMetricsSchema })),
  warnings: z.array(text),
  limits: z.array(text),
  /** The worst errors of one network with their heat maps; `pictures` by the names that the explanations give them. */
  errors: z.strictObject({ explanations: explanationsSchema, pictures: z.record(z.string(), pngBase64) }).optional(),
  durations: z.array(z.strictObject({ name: text, seconds: z.number().nonnegative() })).optional(),
  /** What each stage took, all its jobs together. */
  energy: z.array(z.strictObject({ name: text, jobs: count, energy: energySchema })).optional(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

/**
 * Reads a summary that was stored as JSON.
 *
 * @throws EvaluationError (`RUN_SUMMARY`) naming the first field that does not fit
 */
export function parseRunSummary(stored: unknown, source: string): RunSummary {
  const parsed = runSummarySchema.safeParse(stored);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new EvaluationError(
    "RUN_SUMMARY",
    `${source} is not a run's summary: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}. Make the report again from the run.`,
    parsed.error,
  );
}
