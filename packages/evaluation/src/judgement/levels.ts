import { groupsOf } from "../groups-of.ts";
import type { Prediction } from "./prediction.ts";

export const levelNames = ["image", "breast", "patient"] as const;
export type LevelName = (typeof levelNames)[number];

/** How the probabilities of a breast's images become that of the breast. */
export const aggregations = ["mean", "max"] as const;
export type Aggregation = (typeof aggregations)[number];

/** What is judged at a level: an image (as often as it counts), a breast or a patient. */
export interface Case {
  patientId: string;
  label: 0 | 1;
  probability: number;
}

/** What cases are made of. */
type CasePart = Pick<Prediction, "imageId" | "studyId" | "patientId" | "laterality" | "label" | "rows" | "probability">;

/**
 * Predictions as the cases of a level.
 *
 * A breast is one side in one study; its probability is the mean or the maximum over its images, and it is malignant when
 * one of them is. An image whose side is not known stands for itself. A patient's probability is that of the most
 * suspicious breast of all her studies, so that one breast is enough, and its label likewise. At these levels each case
 * counts once, however many findings it has.
 */
export function casesOf(predictions: readonly CasePart[], level: LevelName, aggregation: Aggregation): Case[] {
  if (level === "image")
    return predictions.flatMap(({ patientId, label, probability, rows }) =>
      Array.from({ length: rows }, () => ({ patientId, label, probability })),
    );
  const breasts = groupsOf(predictions, ({ patientId, studyId, laterality, imageId }) =>
    JSON.stringify([patientId, studyId, laterality ?? imageId]),
  ).map((images) => merged(images, aggregation));
  if (level === "breast") return breasts;
  return groupsOf(breasts, ({ patientId }) => patientId).map((own) => merged(own, "max"));
}

/** The levels that these predictions tell apart: without a side, there are no breasts. */
export function levelsOf(predictions: readonly Prediction[]): LevelName[] {
  return levelNames.filter((level) => level !== "breast" || predictions.some(({ laterality }) => laterality !== null));
}

function merged(cases: readonly Case[], aggregation: Aggregation): Case {
  const probabilities = cases.map(({ probability }) => probability);
  return {
    patientId: cases[0]?.patientId ?? "",
    label: cases.some(({ label }) => label === 1) ? 1 : 0,
    probability:
      aggregation === "max"
        ? Math.max(...probabilities)
        : Math.min(1, probabilities.reduce((sum, one) => sum + one, 0) / probabilities.length),
  };
}
