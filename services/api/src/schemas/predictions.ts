import type { Explanation, Prediction } from "@mammoflow/serving";
import { z } from "zod";

const share = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const warningSchema = z
  .object({
    code: z.string().meta({ description: "Stable name of this kind of warning.", examples: ["UNLIKE_TRAINING"] }),
    message: z.string(),
    image: z.int().min(0).optional().meta({ description: "Which of the images, from 0; absent: the exam." }),
  })
  .meta({ id: "QualityWarning", description: "A reason to trust the answer less." });

/** What every answer about an image begins with. */
const madeBy = {
  id: z.string().meta({ description: "The request's id, as the audit log has it." }),
  model: z.string().meta({ description: "RUN/EXPERIMENT." }),
  version: z.string().meta({ description: "sha256 of everything that decides an answer." }),
  recipeHash: z.string().meta({ description: "sha256 of the recipe that the images went through." }),
};

const decided = {
  probability: share.meta({ description: "Of being malignant, not calibrated: the threshold stands on it." }),
  label: z.union([z.literal(0), z.literal(1)]).meta({ description: "1 when the probability reaches the threshold." }),
  threshold: z.number().meta({ description: "The operating point that was chosen on validation images." }),
};

const reviewed = {
  warnings: z.array(warningSchema),
  review: z.literal("required").meta({ description: "A person must look at the images and at this." }),
  notice: z.literal("Research use only. Human review required."),
};

export const notice = "Research use only. Human review required.";

export const predictionSchema = z
  .object({
    ...madeBy,
    level: z
      .enum(["image", "breast", "patient"])
      .meta({ description: "What was answered about: the image, or of several the breast or the patient." }),
    ...decided,
    calibrated: share
      .nullable()
      .meta({ description: "The probability as often as validation cases were malignant; null: not fitted." }),
    images: z
      .array(
        z.object({
          sha256: sha256.meta({ description: "Of the bytes that came." }),
          probability: share,
          unlikeness: z
            .number()
            .nullable()
            .meta({ description: "How unlike the training images; null where the model does not know." }),
          warnings: z.array(warningSchema),
        }),
      )
      .meta({ description: "One for each image, in their order." }),
    ...reviewed,
    timing: z
      .object({ decodeMs: z.number(), prepareMs: z.number(), networkMs: z.number(), totalMs: z.number() })
      .meta({ description: "Milliseconds; the total holds waiting, too." }),
  })
  .meta({ id: "Prediction", description: "What the model says of an image or an exam." });

export const explanationSchema = z
  .object({
    ...madeBy,
    method: z.literal("grad-cam"),
    sha256: sha256.meta({ description: "Of the bytes that came." }),
    ...decided,
    overlay: z.string().meta({
      description: "The prepared image beside itself under the map: a PNG.",
      contentEncoding: "base64",
      contentMediaType: "image/png",
    }),
    regions: z
      .array(
        z.object({
          box: z
            .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
            .meta({ description: "In pixels of the image that came, from its upper left corner." }),
          share: share.meta({ description: "Of the whole map." }),
        }),
      )
      .meta({ description: "Where most of the map lies, the largest share first." }),
    ...reviewed,
  })
  .meta({ id: "Explanation", description: "Where in an image the model sees what speaks for malignancy." });

export type PredictionAnswer = z.infer<typeof predictionSchema>;
export type ExplanationAnswer = z.infer<typeof explanationSchema>;

export function predictionAnswer(
  prediction: Prediction,
  { id, hashes, totalMs }: { id: string; hashes: string[]; totalMs: number },
): PredictionAnswer {
  return predictionSchema.parse({
    id,
    ...prediction,
    images: prediction.images.map((image, index) => ({ sha256: hashes[index], ...image })),
    notice,
    timing: { ...prediction.timing, totalMs },
  });
}

export function explanationAnswer(explanation: Explanation, id: string, sha256OfImage: string): ExplanationAnswer {
  const overlay = Buffer.from(explanation.overlay).toString("base64");
  return explanationSchema.parse({ id, sha256: sha256OfImage, ...explanation, overlay, notice });
}
