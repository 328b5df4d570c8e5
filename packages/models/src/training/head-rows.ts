import { createHash } from "node:crypto";
import { flipVariants, type Features } from "../features.ts";
import { ModelsError } from "../models-error.ts";

/** One row of training or validation; an image that counts several times has several rows. */
export interface HeadRow {
  /** Which image of the features. */
  image: number;
  /** 0 benign, 1 malignant. */
  label: 0 | 1;
}

export interface HeadRowColumns {
  images: Int32Array;
  labels: Uint8Array;
}

/**
 * Rows as columns.
 *
 * @throws ModelsError (`TRAINING_ROWS`) when a row names an image that the features do not have
 */
export function columnsOf(rows: readonly HeadRow[], { imageIds }: Features): HeadRowColumns {
  const stray = rows.find(({ image }) => !(Number.isInteger(image) && image >= 0 && image < imageIds.length));
  if (stray)
    throw new ModelsError({
      code: "TRAINING_ROWS",
      message: `A row names image ${stray.image}, but there are features of ${imageIds.length} images: extract the features of this run's images again.`,
    });
  return {
    images: Int32Array.from(rows, ({ image }) => image),
    labels: Uint8Array.from(rows, ({ label }) => label),
  };
}

/**
 * Makes sure that the flips that training asks for were extracted.
 *
 * @throws ModelsError (`FEATURES_INVALID`)
 */
export function requireFlips({ variants }: Features, flipProbability: number): void {
  const needed = flipProbability > 0 ? flipVariants : (["none"] as const);
  const missing = needed.filter((variant) => !variants.includes(variant));
  if (missing.length > 0)
    throw new ModelsError({
      code: "FEATURES_INVALID",
      message: `The features lack the flip variants ${missing.join(", ")}: extract them with flips, or train with a flip probability of 0.`,
    });
}

/** What makes two trainings the same: settings, training rows, and which images the features are of. */
export function fingerprintOf(
  settings: Record<string, string | number>,
  features: Features,
  rows: HeadRowColumns,
): string {
  const { imageIds, variants, featureLength } = features;
  return createHash("sha256")
    .update(JSON.stringify([settings, imageIds, variants, featureLength]))
    .update(rows.images)
    .update(rows.labels)
    .digest("hex");
}
