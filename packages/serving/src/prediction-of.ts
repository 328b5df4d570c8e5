import { casesOf, recalibrated, type LevelName } from "@mammoflow/evaluation";
import type { TrainingImages } from "@mammoflow/jobs/objects";
import type { ExplainedImage, JudgedImage, JudgedImages } from "./child/serve-request.ts";
import { qualityWarnings } from "./quality-warnings.ts";
import type { Explanation, ModelFacts, Prediction, QualityWarning } from "./served-model.ts";

/** The answer about an image or an exam: as the run made that of its test images, breasts and patients. */
export function predictionOf(
  { images, timing }: JudgedImages,
  facts: ModelFacts,
  training: TrainingImages | null,
): Prediction {
  const level = levelOf(images, facts);
  const { threshold, calibration } = facts.levels[level] ?? { threshold: 0.5, calibration: null };
  const probability = probabilityAt(level, images, facts);
  const warningsOfImages = images.map((image) => qualityWarnings(image, facts, training));
  return {
    model: facts.id,
    version: facts.version,
    recipeHash: facts.recipeHash,
    level,
    probability,
    calibrated: calibration && (recalibrated([probability], calibration)[0] ?? null),
    label: probability >= threshold ? 1 : 0,
    threshold,
    images: images.map(({ probability: own, unlikeness }, image) => ({
      probability: own,
      unlikeness,
      warnings: warningsOfImages[image] ?? [],
    })),
    warnings: [
      ...warningsOfImages.flatMap((warnings, image) => warnings.map((warning) => ({ ...warning, image }))),
      ...examWarnings(images, facts),
    ],
    review: "required",
    timing,
  };
}

/** The same with where in the image the model sees it. */
export function explanationOf(
  explained: ExplainedImage,
  facts: ModelFacts,
  training: TrainingImages | null,
): Explanation {
  const { overlay, regions } = explained;
  const {
    images: _,
    level: _level,
    calibrated: _calibrated,
    timing: _timing,
    ...answer
  } = predictionOf(explained, facts, training);
  return { ...answer, method: "grad-cam", overlay, regions };
}

const sideOf = ({ header }: JudgedImage): "L" | "R" | null =>
  header?.laterality === "L" || header?.laterality === "R" ? header.laterality : null;

/** One image is an image; several are a breast where all are of one side, else a patient, whom every run tells apart. */
function levelOf(images: readonly JudgedImage[], { levels }: ModelFacts): LevelName {
  if (images.length === 1) return "image";
  const sides = new Set(images.map(sideOf));
  const level = sides.size === 1 && !sides.has(null) ? "breast" : "patient";
  return levels[level] === undefined ? "patient" : level;
}

function probabilityAt(level: LevelName, images: readonly JudgedImage[], { aggregation }: ModelFacts): number {
  const exam = { studyId: "exam", patientId: "exam", label: 0, rows: 1 } as const;
  const parts = images.map((image, place) => ({
    ...exam,
    imageId: String(place),
    laterality: sideOf(image),
    probability: image.probability,
  }));
  return casesOf(parts, level, aggregation)[0]?.probability ?? Number.NaN;
}

/** What is missing of an exam. */
function examWarnings(images: readonly JudgedImage[], { part }: ModelFacts): QualityWarning[] {
  const found: QualityWarning[] = [];
  const warn = (message: string): void => void found.push({ code: "INCOMPLETE", message });
  const isOfTrees = part === "tree" || part === "boosted";
  if (isOfTrees && new Set(images.map(sideOf).filter((side) => side !== null)).size < 2)
    warn("the model compares both breasts, and there are not images of both: what it compares counts as not known");
  const unknown = images.filter((image) => sideOf(image) === null).length;
  if (images.length > 1 && unknown > 0)
    warn(`the side of ${unknown} of ${images.length} images is not known: each of them counts as a breast of its own`);
  return found;
}
