import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import {
  intendedUse,
  levelNames,
  limitsOfAnswers,
  notIntended,
  protocolInWords,
  researchUseOnly,
  ruleInWords,
} from "@mammoflow/evaluation";
import { z } from "zod";
import type { LikenessFacts } from "./likeness-facts.ts";
import type { ModelSource, StoredModel } from "./model-source.ts";
import type { ModelFacts } from "./served-model.ts";

/** What there is to know about a model before it is asked. */
export function modelFacts(source: ModelSource, experiment: string): ModelFacts {
  const { config, model, trainingImages, card } = source;
  const { backbone, part, strategy, weights, recipe, recipeHash, testFlips, aggregation } = model;
  return {
    id: `${config.runId}/${experiment}`,
    run: config.runId,
    experiment,
    backbone,
    part,
    strategy,
    weights,
    version: versionOf(source),
    recipe,
    recipeHash,
    sizePx: sizeOf(recipe),
    levels: levelsOf(model),
    testFlips,
    aggregation,
    protocol: config.protocol ? protocolInWords(config.protocol) : null,
    trainingImages: trainingImages && {
      images: trainingImages.images,
      views: Object.keys(trainingImages.views),
      likeness: trainingImages.likeness && likenessFacts(trainingImages.likeness),
    },
    isSynthetic: config.dataset.isSynthetic,
    intendedUse,
    notIntended,
    limits: [researchUseOnly, ...limitsOfAnswers(config.dataset)],
    card,
  };
}

/** sha256 over everything that an answer is a function of, but the image. */
function versionOf({ config, model, file, trainingImages }: ModelSource): string {
  const { precision, featureType } = config;
  const parts = { software: softwareVersion(), file: file.sha256, model, trainingImages, precision, featureType };
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

const manifestSchema = z.object({ version: z.string() });

/** The same at the depth of the sources and of what is compiled. */
function softwareVersion(): string {
  return manifestSchema.parse(createRequire(import.meta.url)("../package.json")).version;
}

function levelsOf({ operatingPoints, calibration, threshold }: StoredModel): ModelFacts["levels"] {
  const levels: ModelFacts["levels"] = {
    image: { threshold, chosen: "as stored", calibration: calibration.image ?? null },
  };
  for (const level of levelNames) {
    const point = operatingPoints[level];
    if (point)
      levels[level] = {
        threshold: point.threshold,
        chosen: ruleInWords(point.rule),
        calibration: calibration[level] ?? null,
      };
  }
  return levels;
}

function likenessFacts({ of, trainingImages, validationImages, quantile, threshold }: LikenessFacts): LikenessFacts {
  return { of, trainingImages, validationImages, quantile, threshold };
}

const stepsSchema = z.object({ steps: z.array(z.looseObject({ step: z.string(), widthPx: z.number().optional() })) });

/** Of the square that the recipe's last resize makes. */
function sizeOf(recipe: Record<string, unknown>): number | null {
  const parsed = stepsSchema.safeParse(recipe);
  return parsed.data?.steps.findLast(({ step }) => step === "resize")?.widthPx ?? null;
}
