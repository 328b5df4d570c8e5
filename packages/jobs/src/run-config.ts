import { z } from "zod";
import { runIdSchema } from "./payloads.ts";

/** An experiment is backbone x imbalance strategy x trainable part x seed. */
const experimentSchema = z.strictObject({
  name: z.string().min(1),
  backbone: z.string().min(1),
  strategy: z.string().min(1),
  part: z.literal("head"),
  seed: z.number().int().min(0),
});
export type Experiment = z.infer<typeof experimentSchema>;

/** How the heads are trained; one set of values for all experiments of a run. */
const trainingSchema = z.strictObject({
  epochs: z.number().int().min(1).max(10_000),
  batchSize: z.number().int().min(1).max(4096),
  learningRate: z.number().positive(),
  /** Probability of each of the two flips in an epoch. */
  flipProbability: z.number().min(0).max(1),
  /** Share of the training studies that is kept for the validation loss. */
  validationShare: z.number().min(0).max(0.5),
});

/** `run.yaml`: everything that the run's results are a function of. No time and no host: those are in `generations/`. */
export const runConfigSchema = z.strictObject({
  runId: runIdSchema,
  version: z.string(),
  gitCommit: z.string().nullable(),
  dataset: z.strictObject({
    /** True for generated phantoms, whose numbers say nothing about mammograms. */
    isSynthetic: z.boolean(),
    /** Absolute folder of the data set, as the workers see it. */
    root: z.string().min(1),
    /** Which data set it is, by the name of what read it. */
    adapter: z.string().min(1),
    /** By BI-RADS, or in words where the data set has labels of its own. */
    labelRule: z.union([
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
    ]),
    /** Present when the data set has no split of its own; each study's is in the index. */
    madeSplit: z.strictObject({ seed: z.number().int().min(0), testShare: z.number().gt(0).lt(1) }).optional(),
    warnings: z.array(z.string()),
    studies: z.number().int().min(1),
    images: z.number().int().min(1),
  }),
  /** Checked by the imaging package, which owns its form. */
  recipe: z.record(z.string(), z.unknown()),
  recipeHash: z.string(),
  shardSize: z.number().int().min(1).max(1000),
  shards: z.number().int().min(1),
  /** Images in one object of features. */
  featureShardImages: z.number().int().min(1),
  /** `pretrained`, `none` (random, said aloud), or a file. */
  weights: z.string().min(1),
  experiments: z.array(experimentSchema),
  training: trainingSchema,
  bootstrapResamples: z.number().int().min(100),
  /** Learn even when more studies failed than max(10, 1 %). */
  continueWithFailures: z.boolean(),
});
export type RunConfig = z.infer<typeof runConfigSchema>;

/** Every backbone under every strategy and seed. */
export function planExperiments(backbones: string[], strategies: string[], seeds: number[]): Experiment[] {
  return backbones.flatMap((backbone) =>
    strategies.flatMap((strategy) =>
      seeds.map((seed) => ({
        name: `${backbone}-${strategy}-head-s${seed}`,
        backbone,
        strategy,
        part: "head" as const,
        seed,
      })),
    ),
  );
}
