import { operatingRuleSchema } from "@mammoflow/evaluation";
import {
  objectNames,
  readJson,
  readRunConfig,
  trainingImagesSchema,
  type RunConfig,
  type TrainingImages,
} from "@mammoflow/jobs/objects";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { z } from "zod";

const calibrationSchema = z.object({ by: z.string(), slope: z.number(), intercept: z.number() }).nullish();
const pointSchema = z.object({ threshold: z.number(), rule: operatingRuleSchema });

/** What is read of `model.json`. */
const storedModelSchema = z.object({
  backbone: z.string(),
  part: z.enum(["head", "last-block", "all", "tree", "boosted"]),
  strategy: z.string(),
  weights: z.object({ title: z.string(), source: z.string(), licence: z.string(), sha256: z.string() }),
  precision: z.enum(["float32", "bfloat16"]),
  testFlips: z.enum(["none", "all"]).default("none"),
  aggregation: z.enum(["mean", "max"]),
  threshold: z.number(),
  operatingPoints: z.object({
    image: pointSchema.optional(),
    breast: pointSchema.optional(),
    patient: pointSchema.optional(),
  }),
  calibration: z.object({ image: calibrationSchema, breast: calibrationSchema, patient: calibrationSchema }),
  recipe: z.record(z.string(), z.unknown()),
  recipeHash: z.string(),
});
export type StoredModel = z.infer<typeof storedModelSchema>;

/** `metrics.json`, which means that the training has ended, knows the model's own files. */
const metricsSchema = z.object({ hashes: z.record(z.string(), z.string()) });

/** A model as its run has stored it. */
export interface ModelSource {
  config: RunConfig;
  model: StoredModel;
  /** The trained numbers: the object's name and sha256. */
  file: { name: string; sha256: string };
  trainingImages: TrainingImages | null;
  card: string | null;
}

/** @throws AppError `RUN_UNKNOWN`, `EXPERIMENT_UNKNOWN`, `MODEL_OLD` */
export async function readModelSource(store: ObjectStore, run: string, experiment: string): Promise<ModelSource> {
  const object = (file: string): string => objectNames.experiment(run, experiment, file);
  const [config, metrics, description, trainingImages, card] = await Promise.all([
    readRunConfig(store, run),
    store.get(object("metrics.json")),
    store.get(object("model/model.json")),
    readJson(store, object("model/training-images.json"), trainingImagesSchema),
    store.get(object("model-card.md")),
  ]);
  if (!metrics || !description) throw untrained(config, experiment);
  const model = parsed(description.bytes, storedModelSchema, `${run}/${experiment}`);
  const { hashes } = parsed(metrics.bytes, metricsSchema, `${run}/${experiment}`);
  const file = model.part === "tree" || model.part === "boosted" ? "trees.json" : "model.safetensors";
  const sha256 = hashes[file];
  if (sha256 === undefined) throw old(`${run}/${experiment}`);
  return {
    config,
    model,
    file: { name: object(`model/${file}`), sha256 },
    trainingImages: trainingImages ?? null,
    card: card?.bytes.toString() ?? null,
  };
}

/** The error of an experiment that its run has not trained, or does not know. */
export function untrained({ runId, experiments }: RunConfig, experiment: string): AppError {
  const isPlanned = experiments.some(({ name }) => name === experiment);
  return new AppError({
    code: "EXPERIMENT_UNKNOWN",
    message: isPlanned
      ? `${runId}/${experiment} is not trained yet: \`mammoflow resume ${runId}\` goes on with the run.`
      : `${runId} has no experiment ${experiment}: its experiments are ${experiments.map(({ name }) => name).join(", ")}.`,
  });
}

function parsed<Content>(bytes: Buffer, schema: z.ZodType<Content>, id: string): Content {
  const content = schema.safeParse(JSON.parse(bytes.toString()));
  if (content.success) return content.data;
  throw old(id, content.error);
}

function old(id: string, cause?: unknown): AppError {
  return new AppError({
    code: "MODEL_OLD",
    message: `${id} was stored in a form that this version does not read: train it again with \`mammoflow submit\`.`,
    cause,
  });
}
