import { AppError } from "@mammoflow/runtime";
import { z } from "zod";
import { runIdSchema } from "./payloads.ts";

/** An experiment is backbone x imbalance strategy x trained part x seed, and what a grid or a left-out data set adds. */
const experimentSchema = z.strictObject({
  name: z.string().min(1),
  backbone: z.string().min(1),
  strategy: z.string().min(1),
  /** Of a network `head`, `last-block` or `all`; over measured features `tree` or `boosted`. */
  part: z.enum(["head", "last-block", "all", "tree", "boosted"]),
  seed: z.number().int().min(0),
  /** Training settings in which it differs from the run's. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  /** The data set that it does not learn from, to see how it does there. */
  leftOut: z.string().min(1).optional(),
});
export type Experiment = z.infer<typeof experimentSchema>;

/** By BI-RADS, or in words where the data set has labels of its own. */
const labelRuleSchema = z.union([
  z.strictObject({
    malignantFrom: z.union([z.literal(3), z.literal(4)]),
    excludeBirads: z.array(z.number().int()),
    rows: z.enum(["images", "findings"]),
  }),
  z.strictObject({
    malignantWhere: z.string().min(1),
    truth: z.string().min(1),
    rows: z.enum(["images", "findings"]),
  }),
]);

/** Present when the data set has no split of its own; each study's is in the index. */
const madeSplitSchema = z.strictObject({ seed: z.number().int().min(0), testShare: z.number().gt(0).lt(1) }).optional();

const sourceSchema = z.strictObject({
  /** As the studies of the index name it. */
  name: z.string().min(1),
  /** Absolute folder of the data set, as the workers see it. */
  root: z.string().min(1),
  /** Which data set it is, by the name of what read it. */
  adapter: z.string().min(1),
  labelRule: labelRuleSchema,
  madeSplit: madeSplitSchema,
  /** Nothing is learnt from it. */
  isTestOnly: z.boolean(),
});

/** `run.yaml`: everything that the run's results are a function of. No time and no host: those are in `generations/`. */
export const runConfigSchema = z.strictObject({
  runId: runIdSchema,
  version: z.string(),
  gitCommit: z.string().nullable(),
  dataset: z.strictObject({
    /** True for generated phantoms, whose numbers say nothing about mammograms. */
    isSynthetic: z.boolean(),
    /** The data sets that it is made of. */
    sources: z.array(sourceSchema).min(1),
    /** What all of them share, or each one's in words. */
    labelRule: labelRuleSchema,
    madeSplit: madeSplitSchema,
    warnings: z.array(z.string()),
    studies: z.number().int().min(1),
    images: z.number().int().min(1),
  }),
  /** Checked by the imaging package, which owns its form. */
  recipe: z.record(z.string(), z.unknown()),
  recipeHash: z.string(),
  shardSize: z.number().int().min(1).max(1000),
  shards: z.number().int().min(1),
  /** Images in one object of features, and in one of activations, which are larger by far. */
  featureShardImages: z.number().int().min(1),
  activationShardImages: z.number().int().min(1),
  /** `pretrained`, `none` (random, said aloud), or a file. */
  weights: z.string().min(1),
  /** Of the numbers in the frozen layers. */
  precision: z.enum(["float32", "bfloat16"]),
  /** Of the features as they are stored; half precision takes half the space. Activations always have it. */
  featureType: z.enum(["float32", "float16"]),
  experiments: z.array(experimentSchema).min(1),
  /** Checked by the models package, which owns its form; an experiment's own settings go over it. */
  training: z.record(z.string(), z.json()),
  /** Share of the training patients that is set aside for choosing epoch and operating point. */
  validationShare: z.number().min(0).max(0.5),
  /** `test` chooses the epoch on the test split, as the study did: the numbers are then too good, and the report says so. */
  validateOn: z.enum(["training", "test"]),
  /** Whose probabilities become that of an image: its own, or the mean over its four flips. */
  testFlips: z.enum(["none", "all"]).default("none"),
  /** How the probabilities of a breast's views become that of the breast. */
  aggregation: z.enum(["mean", "max"]).default("mean"),
  /** What the settings were taken from, and what the options changed of it; absent in runs of earlier versions. */
  protocol: z
    .strictObject({
      name: z.string().min(1),
      changed: z.array(z.strictObject({ option: z.string().min(1), from: z.string(), to: z.string() })),
    })
    .optional(),
  bootstrapResamples: z.number().int().min(100),
  /** Learn even when more studies failed than max(10, 1 %). */
  continueWithFailures: z.boolean(),
});
export type RunConfig = z.infer<typeof runConfigSchema>;

/** @throws AppError `DATASET_UNKNOWN` when the run has no data set of that name */
export function sourceNamed({ runId, dataset }: RunConfig, name: string): RunConfig["dataset"]["sources"][number] {
  const source = dataset.sources.find((each) => each.name === name);
  if (source) return source;
  throw new AppError({
    code: "DATASET_UNKNOWN",
    message: `The run ${runId} has no data set ${name}: its index was changed after it was submitted; submit it again.`,
  });
}
