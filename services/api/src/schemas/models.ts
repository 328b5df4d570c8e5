import { z } from "zod";

const modelSummarySchema = z
  .object({
    id: z.string().meta({ description: "RUN/EXPERIMENT." }),
    href: z.string().meta({ description: "Where the whole of it is." }),
    version: z.string().meta({ description: "sha256 of everything that decides an answer." }),
    backbone: z.string(),
    part: z.string().meta({ description: "What was trained." }),
    isSynthetic: z.boolean().meta({ description: "Trained on generated phantoms: no use on mammograms." }),
  })
  .meta({ id: "ModelSummary" });

export const modelsSchema = z.object({ models: z.array(modelSummarySchema) }).meta({ id: "Models" });

const levelSchema = z
  .object({
    threshold: z.number(),
    chosen: z.string().meta({ description: "How the threshold was chosen." }),
    calibration: z.object({ by: z.string(), slope: z.number(), intercept: z.number() }).nullable(),
  })
  .meta({ id: "OperatingPoint" });

export const modelSchema = z
  .object({
    id: z.string().meta({ description: "RUN/EXPERIMENT." }),
    run: z.string(),
    experiment: z.string(),
    version: z.string().meta({ description: "sha256 of everything that decides an answer." }),
    backbone: z.string(),
    part: z.string(),
    strategy: z.string().meta({ description: "Against class imbalance." }),
    weights: z.object({ title: z.string(), source: z.string(), licence: z.string(), sha256: z.string() }),
    recipe: z
      .record(z.string(), z.unknown())
      .meta({ description: "What happens to an image before the model sees it." }),
    recipeHash: z.string(),
    sizePx: z.number().nullable(),
    levels: z.partialRecord(z.enum(["image", "breast", "patient"]), levelSchema),
    testFlips: z.string(),
    aggregation: z.string(),
    protocol: z.string().nullable(),
    trainingImages: z.looseObject({ images: z.int(), views: z.array(z.string()) }).nullable(),
    isSynthetic: z.boolean(),
    intendedUse: z.string(),
    notIntended: z.string(),
    limits: z.array(z.string()),
    card: z
      .string()
      .nullable()
      .meta({ description: "The model card; null until the run's report is made.", contentMediaType: "text/markdown" }),
  })
  .meta({ id: "Model", description: "The facts of a model and its card." });
