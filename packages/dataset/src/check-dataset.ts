/** What makes a data set unusable as a whole, or a line of its tables. */
import type { ListedImage } from "./dataset-adapter.ts";
import { ruleInWords, splits, type Dataset, type Split } from "./dataset.ts";
import { DatasetError } from "./errors.ts";

/** @throws DatasetError when nothing is left under the rule, or one of the splits that are needed is empty or has one class only. */
export function checkDataset(dataset: Dataset, tables: string, needed: readonly Split[] = splits): void {
  if (dataset.studies.length === 0) {
    throw new DatasetError({
      code: "DATASET_EMPTY",
      message: `${tables} has no image left under the label rule (${ruleInWords(dataset.labelRule)}); check that the file has rows and that the rule does not leave all of them out.`,
    });
  }
  for (const split of needed) requireBothClasses(dataset, split, tables);
}

function requireBothClasses({ studies, labelRule, madeSplit }: Dataset, split: Split, tables: string): void {
  const labels = studies
    .filter((study) => study.split === split)
    .flatMap(({ images }) => images.map(({ label }) => label));
  if (labels.length === 0) {
    throw new DatasetError({
      code: "DATASET_EMPTY_SPLIT",
      message: `${tables} has no study in the ${split} split; ${madeSplit ? "take more studies" : "its column 'split' must name both training and test"}.`,
    });
  }
  if (new Set(labels).size === 1) {
    const only = labels[0] === 1 ? "malignant" : "benign";
    throw new DatasetError({
      code: "DATASET_ONE_CLASS",
      message: `${tables}: all ${labels.length} images of the ${split} split are ${only} under the label rule (${ruleInWords(labelRule)}), and a classifier needs both classes; change the rule or take more studies.`,
    });
  }
}

/** What the lines before said; a call adds what its line says. */
export interface SeenLines {
  /** By image id, where it is listed. */
  places: Map<string, string>;
  /** By study id and by patient id, the first of its images. */
  studies: Map<string, ListedImage>;
  patients: Map<string, ListedImage>;
}

/** @throws DatasetError when an image is listed twice, its study has two patients, or study or patient are in both splits. */
export function rejectContradictions(image: ListedImage, seen: SeenLines): void {
  const { place, imageId, studyId, patientId } = image;
  const first = seen.places.get(imageId);
  if (first !== undefined) {
    throw new DatasetError({
      code: "DATASET_DUPLICATE_IMAGE",
      message: `${place}: image ${imageId} is already on ${first}; remove one of the two.`,
    });
  }
  seen.places.set(imageId, place);
  const ofStudy = firstOf(seen.studies, studyId, image);
  if (ofStudy.patientId !== patientId) {
    throw new DatasetError({
      code: "DATASET_STUDY_OF_TWO_PATIENTS",
      message: `${place}: study ${studyId} is of patient ${patientId} here and of patient ${ofStudy.patientId} on ${ofStudy.place}; give each patient's studies ids of their own.`,
    });
  }
  rejectBothSplits(image, ofStudy, "study", studyId);
  if (patientId !== undefined) rejectBothSplits(image, firstOf(seen.patients, patientId, image), "patient", patientId);
}

function firstOf(seen: Map<string, ListedImage>, id: string, image: ListedImage): ListedImage {
  const first = seen.get(id);
  if (!first) seen.set(id, image);
  return first ?? image;
}

function rejectBothSplits(image: ListedImage, first: ListedImage, kind: "study" | "patient", id: string): void {
  if (first.split === image.split) return;
  throw new DatasetError({
    code: kind === "study" ? "DATASET_STUDY_IN_BOTH_SPLITS" : "DATASET_PATIENT_IN_BOTH_SPLITS",
    message: `${image.place}: ${kind} ${id} is in the ${image.split} split here and in the ${first.split} split before; put all its images into one, or test results would be too good.`,
  });
}
