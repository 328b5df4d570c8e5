import { createHash } from "node:crypto";
import { flipVariants } from "../features.ts";
import { ModelsError } from "../models-error.ts";
import type { Examples } from "./examples.ts";
import type { TrainingRow } from "./train-model-options.ts";

export interface RowColumns {
  images: Int32Array;
  labels: Uint8Array;
}

/**
 * Rows as columns.
 *
 * @throws ModelsError (`TRAINING_ROWS`) when a row names an image that there is no example of
 */
export function columnsOf(rows: readonly TrainingRow[], { imageIds }: Examples): RowColumns {
  const stray = rows.find(({ image }) => !(Number.isInteger(image) && image >= 0 && image < imageIds.length));
  if (stray)
    throw new ModelsError({
      code: "TRAINING_ROWS",
      message: `A row names image ${stray.image}, but there are examples of ${imageIds.length} images: extract the features of this run's images again.`,
    });
  return {
    images: Int32Array.from(rows, ({ image }) => image),
    labels: Uint8Array.from(rows, ({ label }) => label),
  };
}

/**
 * Makes sure that the flips that training asks for are there.
 *
 * @throws ModelsError (`FEATURES_INVALID`)
 */
export function requireFlips({ variants }: Examples, flipProbability: number): void {
  const needed = flipProbability > 0 ? flipVariants : (["none"] as const);
  const missing = needed.filter((variant) => !variants.includes(variant));
  if (missing.length > 0)
    throw new ModelsError({
      code: "FEATURES_INVALID",
      message: `The features lack the flip variants ${missing.join(", ")}: extract them with flips, or train with a flip probability of 0.`,
    });
}

/** What makes two trainings the same: settings, rows, and which images the examples are of. */
export function fingerprintOf(
  settings: object,
  { imageIds, variants, shape }: Examples,
  rows: readonly RowColumns[],
): string {
  const hash = createHash("sha256").update(JSON.stringify([settings, imageIds, variants, shape]));
  for (const { images, labels } of rows) hash.update(images).update(labels);
  return hash.digest("hex");
}
