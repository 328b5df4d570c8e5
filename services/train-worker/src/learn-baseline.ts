import { jsonBytes, patientOf } from "@mammoflow/jobs";
import { imageFeatures } from "@mammoflow/imaging";
import {
  explainFeatureModel,
  predictFeatureModel,
  trainFeatureBaseline,
  type FeatureBaselineOptions,
} from "@mammoflow/models";
import { rowsOf, type DividedImages } from "./divide-images.ts";
import type { ExperimentInputs } from "./experiment-inputs.ts";
import type { ExperimentMemory } from "./experiment-memory.ts";
import type { Learnt } from "./learnt.ts";

/** Grows a tree or boosted trees over measured image features. How far they go is found by folds of the training patients. */
export async function learnBaseline(
  kind: FeatureBaselineOptions["kind"],
  inputs: ExperimentInputs,
  { training }: DividedImages,
  { memory, cacheDir }: { memory: ExperimentMemory; cacheDir: string },
): Promise<Learnt> {
  const { experiment, manifest } = inputs;
  const { values } = await memory.features(inputs);
  const width = imageFeatures.length;
  const table = { features: imageFeatures, values };
  const classWeights = experiment.strategy === "none" ? "none" : "balanced";
  const model = await trainFeatureBaseline({
    kind,
    table,
    training: rowsOf(manifest, training),
    patients: manifest.map(patientOf),
    classWeights,
    seed: experiment.seed,
    cacheDir,
  });
  const { maxDepth, minLeafWeight } = model;
  return {
    files: { "trees.json": jsonBytes(model) },
    epochs: [],
    chosen: undefined,
    configuration: { classWeights, maxDepth, minLeafWeight, features: imageFeatures.length },
    explanation: explainFeatureModel(model),
    likeness: {
      of: "measured image features",
      rows: async (images) => images.map((image) => values.subarray(image * width, (image + 1) * width)),
    },
    predict: async (images) => predictFeatureModel(model, table, Int32Array.from(images)),
    close: () => {},
  };
}
