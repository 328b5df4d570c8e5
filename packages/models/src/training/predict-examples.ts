import { flipVariants, type FlipVariant } from "../features.ts";
import { elementCount } from "../state-dict.ts";
import type { Predictor } from "./create-predictor.ts";
import type { Examples } from "./examples.ts";

/** What a trained network is asked of an image: the image as it is, or all four of its flips. */
export const testFlipNames = ["none", "all"] as const;
export type TestFlips = (typeof testFlipNames)[number];

/** The variants whose probabilities become that of the image. */
export const testVariants: Record<TestFlips, readonly FlipVariant[]> = { none: ["none"], all: flipVariants };

/** Images in memory at once. */
const imagesPerRead = 16;

/**
 * Probabilities of being malignant, each the mean over the image's variants.
 *
 * Probabilities are averaged, not logits: the mean's Brier score and log loss are never above the mean of the variants' own,
 * whatever they are (both are convex), and one variant that is very sure has one vote like every other, where among logits it
 * would outvote them. What the mean loses in sharpness, calibration gives back.
 *
 * @param images by their places among the examples
 * @returns [image], 0..1
 */
export async function predictExamples(
  predictor: Predictor,
  examples: Examples,
  images: readonly number[],
  flips: TestFlips,
): Promise<Float32Array> {
  const variants = testVariants[flips];
  const length = elementCount(examples.shape);
  const probabilities = new Float32Array(images.length);
  for (let start = 0; start < images.length; start += imagesPerRead) {
    const some = images.slice(start, start + imagesPerRead);
    const values = new Float32Array(some.length * variants.length * length);
    for (const [place, image] of some.entries())
      for (const [turn, variant] of variants.entries()) {
        const row = place * variants.length + turn;
        await examples.read(image, variant, values.subarray(row * length, (row + 1) * length));
      }
    const answers = await predictor.predict(values);
    for (const place of some.keys()) {
      const own = answers.subarray(place * variants.length, (place + 1) * variants.length);
      probabilities[start + place] = own.reduce((sum, one) => sum + one, 0) / variants.length;
    }
  }
  return probabilities;
}
