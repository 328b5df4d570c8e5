import { z } from "zod";

const count = z.number().int().nonnegative();

/** How far an image may lie from those that a model was trained on; see `describeLikeness` of the models package. */
const likenessSchema = z.strictObject({
  /** What the numbers are, in words. */
  of: z.string().min(1),
  /** Of each number over the training images; null where it was never known. */
  mean: z.array(z.number().nullable()),
  deviation: z.array(z.number().nullable()),
  trainingImages: count,
  validationImages: count,
  quantile: z.number().gt(0).lt(1),
  threshold: z.number().nonnegative(),
});

/** `model/training-images.json`: what the images that a model was trained on were like, so that odd ones are told from them. */
export const trainingImagesSchema = z.strictObject({
  images: count,
  /** How many of each view; those whose view is not known are not counted. */
  views: z.record(z.string(), count),
  /** Of the source images; null where not all are known. */
  longerSidePx: z.strictObject({ least: count, most: count }).nullable(),
  /** Null where there were too few training images, or none for validation. */
  likeness: likenessSchema.nullable(),
});
export type TrainingImages = z.infer<typeof trainingImagesSchema>;
