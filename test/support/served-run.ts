import { createHash } from "node:crypto";
import { atSize, recipeHash, recipePresets, type Recipe } from "@mammoflow/imaging";
import { jsonBytes, objectNames, planExperiments, runConfigBytes } from "@mammoflow/jobs";
import { backbones, writeSafetensors } from "@mammoflow/models";
import type { ObjectStore } from "@mammoflow/storage";
import { runConfig } from "../fixtures/run-parts.ts";
import { formulaClassifier } from "./formula-weights.ts";

/** What the tests serve: a head on random weights, which says something definite about every image and nothing about breasts. */
export const servedRun = { run: "served", experiment: "mobilenetv2-none-head-s1", card: "# The card\n" };

/** A run as far as a server needs it: configuration, a trained head, operating points, calibration, a card. */
export async function writeServedRun(
  store: ObjectStore,
  {
    recipe = atSize(recipePresets.mammogram, 64),
    precision = "float32",
  }: { recipe?: Recipe; precision?: "float32" | "bfloat16" } = {},
): Promise<void> {
  const { run, experiment, card } = servedRun;
  const experiments = planExperiments({
    backbones: ["mobilenetv2"],
    strategies: ["none"],
    parts: ["head"],
    seeds: [1],
  });
  const config = runConfig({ runId: run, weights: "none", recipe, recipeHash: recipeHash(recipe), experiments });
  const { featureLength } = backbones.mobilenetv2;
  const { weight, bias } = formulaClassifier(featureLength);
  const model = writeSafetensors(
    new Map([
      ["classifier.1.weight", { shape: [2, featureLength], data: weight }],
      ["classifier.1.bias", { shape: [2], data: bias }],
    ]),
    { kind: "trained-model", backbone: "mobilenetv2", part: "head", outputs: "benign,malignant" },
  );
  const point = { threshold: 0.35, rule: { kind: "youden" } };
  const calibration = { by: "platt", slope: 1.5, intercept: -0.5 };
  const files = {
    "model/model.safetensors": model,
    "model/model.json": jsonBytes({
      backbone: "mobilenetv2",
      part: "head",
      strategy: "none",
      weights: { title: "MobileNetV2", source: "random", licence: "none", sha256: "random-0" },
      precision,
      testFlips: "none",
      aggregation: "mean",
      threshold: 0.35,
      operatingPoints: { image: point, breast: point, patient: point },
      calibration: { image: calibration, breast: null, patient: calibration },
      recipe,
      recipeHash: recipeHash(recipe),
    }),
    "model-card.md": Buffer.from(card),
    "metrics.json": jsonBytes({
      hashes: { "model.safetensors": createHash("sha256").update(model).digest("hex") },
    }),
  };
  await store.putOnce(objectNames.config(run), runConfigBytes(config));
  for (const [file, bytes] of Object.entries(files))
    await store.putOnce(objectNames.experiment(run, experiment, file), bytes);
}
