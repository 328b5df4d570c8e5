import { z } from "zod";
import { estimateSchema } from "../metrics/binary-metrics.ts";
import { EvaluationError } from "../errors.ts";

const text = z.string().min(1);
const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();

/** A score of the model's own maps and what stands beside it. */
const comparedSchema = z.strictObject({ map: estimateSchema, baseline: estimateSchema, difference: estimateSchema });

/** Whether maps point at lesions: means over malignant test images with lesion boxes, each beside what blind rules reach. */
const pointingScoresSchema = z.strictObject({
  /** Images scored, of all malignant test images with boxes. */
  images: count,
  available: count,
  patients: count,
  /** Images in which nothing speaks for malignancy. */
  withoutHeat: count,
  resamples: count,
  /** A box is hit from this far outside it, as a share of the image's side. */
  toleranceShare: share,
  /** Hit rates: of the map, of a random point of the breast, of the middle of the breast. */
  hits: estimateSchema,
  chance: estimateSchema,
  centreHits: estimateSchema,
  /** Of maps of the same backbone under random heads, and of a network with random weights throughout. */
  randomHeadHits: estimateSchema,
  randomNetworkHits: estimateSchema,
  /** Hit rate minus that of chance, of random heads; on the same resamples. */
  hitsAboveChance: estimateSchema,
  hitsAboveRandomHead: estimateSchema,
  /** Share of the heat within the boxes, beside the share of the breast within them. */
  heatInBoxes: estimateSchema,
  breastInBoxes: estimateSchema,
  randomHeadHeatInBoxes: estimateSchema,
});
export type PointingScores = z.infer<typeof pointingScoresSchema>;

/** Areas under the curves of the probability while cells are taken away or given back, hottest first; beside random order. */
const removalScoresSchema = z.strictObject({
  images: count,
  patients: count,
  resamples: count,
  /** Less is better. */
  deletion: comparedSchema,
  /** More is better. */
  insertion: comparedSchema,
});
export type RemovalScores = z.infer<typeof removalScoresSchema>;

const boxSchema = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

const explainedImageSchema = z.strictObject({
  imageId: text,
  studyId: text,
  /** Name of the picture beside this file. */
  picture: text,
  laterality: z.string().nullable(),
  viewPosition: z.string().nullable(),
  birads: z.number().nullable(),
  split: text,
  label: z.union([z.literal(0), z.literal(1)]),
  /** Of being malignant. */
  probability: share,
  /** Lesions in pixels of the image, whose side is `sizePx`. */
  sizePx: count,
  boxes: z.array(boxSchema),
  /** What the map looks at; of boxes null where there are none. */
  hasHeat: z.boolean(),
  heatInBreast: share,
  heatInBoxes: share.nullable(),
  breastInBoxes: share.nullable(),
  isHit: z.boolean().nullable(),
});
export type ExplainedImage = z.infer<typeof explainedImageSchema>;

export const explanationMethods = ["grad-cam", "occlusion"] as const;

/** `explanations.json` of an experiment: images with their maps, and how far such maps can be trusted. Plain JSON. */
export const explanationsSchema = z.strictObject({
  runId: text,
  experiment: text,
  method: z.enum(explanationMethods),
  isSynthetic: z.boolean(),
  threshold: share,
  /** Why these images: the worst errors, or ones that were asked for. */
  choice: z.enum(["worst-errors", "asked"]),
  /** Of the whole test split. */
  counts: z.strictObject({ images: count, falseNegatives: count, falsePositives: count }),
  images: z.array(explainedImageSchema),
  pointing: pointingScoresSchema.nullable(),
  removal: removalScoresSchema.nullable(),
});
export type Explanations = z.infer<typeof explanationsSchema>;

/**
 * Reads explanations that were stored as JSON.
 *
 * @throws EvaluationError (`EXPLANATIONS`) naming the first field that does not fit
 */
export function parseExplanations(stored: unknown, source: string): Explanations {
  const parsed = explanationsSchema.safeParse(stored);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new EvaluationError(
    "EXPLANATIONS",
    `${source} holds no explanations: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}. Remove it and explain the experiment again.`,
    parsed.error,
  );
}
