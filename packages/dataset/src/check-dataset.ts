/** What makes a data set unusable as a whole. */
import { splits, type Dataset, type LabelRule, type Split, type Study } from "./dataset.ts";
import { DatasetError } from "./errors.ts";
import type { BreastLevelRow } from "./vindr-rows.ts";

/** @throws DatasetError when nothing is left under the rule, or a split is empty or has one class only. */
export function checkDataset({ studies, labelRule }: Dataset, path: string): void {
  if (studies.length === 0) {
    throw new DatasetError({
      code: "DATASET_EMPTY",
      message: `${path} has no image left under the label rule (${describeRule(labelRule)}); check that the file has rows and that the rule does not leave all of them out.`,
    });
  }
  for (const split of splits) requireBothClasses(studies, split, path, labelRule);
}

function requireBothClasses(studies: Study[], split: Split, path: string, rule: LabelRule): void {
  const labels = studies
    .filter((study) => study.split === split)
    .flatMap(({ images }) => images.map(({ label }) => label));
  if (labels.length === 0) {
    throw new DatasetError({
      code: "DATASET_EMPTY_SPLIT",
      message: `${path} has no study in the ${split} split; its column 'split' must name both training and test.`,
    });
  }
  if (new Set(labels).size === 1) {
    const only = labels[0] === 1 ? "malignant" : "benign";
    throw new DatasetError({
      code: "DATASET_ONE_CLASS",
      message: `${path}: all ${labels.length} images of the ${split} split are ${only} under the label rule (${describeRule(rule)}), and a classifier needs both classes; change the rule or take more studies.`,
    });
  }
}

function describeRule({ malignantFrom, excludeBirads }: LabelRule): string {
  const without = excludeBirads.length > 0 ? `, without BI-RADS ${excludeBirads.join(", ")}` : "";
  return `malignant from BI-RADS ${malignantFrom}${without}`;
}

/** What is known when a line is read: the line itself, and what earlier lines said about its image and its study. */
interface LineInContext {
  path: string;
  line: number;
  row: BreastLevelRow;
  firstLine: number | undefined;
  study: Study | undefined;
}

/** @throws DatasetError when an image is listed twice, or its study is in the other split too. */
export function rejectContradictions({ path, line, row, firstLine, study }: LineInContext): void {
  if (firstLine !== undefined) {
    throw new DatasetError({
      code: "DATASET_DUPLICATE_IMAGE",
      message: `${path}, line ${line}: image ${row.image_id} is already on line ${firstLine}; remove one of the two.`,
    });
  }
  if (study && study.split !== row.split) {
    throw new DatasetError({
      code: "DATASET_STUDY_IN_BOTH_SPLITS",
      message: `${path}, line ${line}: study ${row.study_id} is in the ${row.split} split here and in the ${study.split} split before; put all its images into one, or test results would be too good.`,
    });
  }
}
