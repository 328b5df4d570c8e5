import { ModelsError } from "../models-error.ts";
import { classWeights } from "../training/imbalance.ts";
import type { FeatureModel } from "./feature-model.ts";
import { type FeatureTable, valuesOf } from "./feature-table.ts";
import { loadXgboost } from "./load-xgboost.ts";
import { patientFolds } from "./patient-folds.ts";
import { trainBoosted } from "./train-boosted.ts";
import { trainTree } from "./train-tree.ts";

export const featureBaselineKinds = ["tree", "boosted"] as const;

export interface FeatureBaselineOptions {
  kind: (typeof featureBaselineKinds)[number];
  table: FeatureTable;
  /** Images of the table with their labels; an image that counts several times has several rows. */
  training: readonly { image: number; label: 0 | 1 }[];
  /** [image of the table] what must stay together: the patient. */
  patients: readonly string[];
  /** `balanced`: rows count by the inverse frequency of their class. */
  classWeights: FeatureModel["classWeights"];
  seed: number;
  /** Where set-up put XGBoost. */
  cacheDir: string;
}

/** A leaf holds at least this part of all weight, and at least so many rows' weight. */
const leafShare = 0.02;
const leafRows = 10;

/**
 * Trains a tree or gradient-boosted trees on named image features. Takes milliseconds to some seconds, and blocks the thread.
 *
 * @throws ModelsError TRAINING_ROWS without both classes or with a row that the table does not have, XGBOOST_MISSING
 */
export async function trainFeatureBaseline(options: FeatureBaselineOptions): Promise<FeatureModel> {
  const { kind, table, patients, seed, cacheDir } = options;
  const stray = options.training.find(({ image }) => patients[image] === undefined);
  if (stray !== undefined || patients.length * table.features.length !== table.values.length)
    throw new ModelsError({
      code: "TRAINING_ROWS",
      message: `The rows name image ${stray?.image ?? patients.length - 1} and the table of image features has ${table.values.length / table.features.length}: measure the images of this run again.`,
    });
  const labels = Uint8Array.from(options.training, ({ label }) => label);
  const images = Int32Array.from(options.training, ({ image }) => image);
  const byClass = classWeights(labels);
  const weights = Float32Array.from(labels, (label) =>
    options.classWeights === "none" ? 1 : byClass[label === 1 ? 1 : 0],
  );
  const rows = { values: valuesOf(table, images), labels, weights };
  const folds = patientFolds(
    labels,
    Array.from(images, (image) => patients[image] ?? ""),
    seed,
  );
  const minLeafWeight = Math.max(leafRows, leafShare * labels.length);
  const features = table.features.map(({ name, title, unit }) => ({ name, title, unit }));
  const common = { features, seed, classWeights: options.classWeights, minLeafWeight };
  const xgboost = await loadXgboost(cacheDir);
  return kind === "tree"
    ? { kind, ...common, ...trainTree(xgboost, rows, folds, minLeafWeight) }
    : { kind, ...common, ...trainBoosted(xgboost, rows, folds, { minLeafWeight, seed }) };
}
