/** Counts a data set by split, and says whether its splits can be compared. */
import { compareSplits, type SplitComparison } from "./compare-splits.ts";
import {
  splits,
  type Dataset,
  type Density,
  type ExcludedImages,
  type LabelRule,
  type MadeSplit,
  type Split,
  type Study,
  type StudyImage,
} from "./dataset.ts";

export interface SplitStatistics {
  studies: number;
  /** Studies with a malignant image. */
  malignantStudies: number;
  images: number;
  malignantImages: number;
  /** What a model trains on: images, or lines of the findings file, by the label rule. */
  rows: number;
  malignantRows: number;
  /** Malignant share of the rows. */
  prevalence: number;
  /** F1 of calling everything malignant: what a model must exceed. */
  alwaysMalignantF1: number;
  /** Images by BI-RADS 0..6; `unknown` where the annotations give none. */
  birads: Record<string, number>;
  /** Images by density; `unknown` where the annotations give none. */
  density: Record<Density | "unknown", number>;
  /** Images by view, e.g. `L-CC`, or `?-CC` where the side is not said; `unknown` where neither is. */
  views: Record<string, number>;
  /** Images by the values of each group, e.g. `{ machine: { "29": 120 } }`. */
  groups: Record<string, Record<string, number>>;
}

export interface DatasetStatistics {
  root: string;
  adapter: string;
  labelRule: LabelRule;
  splits: Record<Split, SplitStatistics>;
  total: SplitStatistics;
  /** Present where the data set has no split of its own. */
  madeSplit?: MadeSplit;
  comparison: SplitComparison;
  excluded: ExcludedImages[];
  warnings: string[];
}

export function describeDataset(dataset: Dataset): DatasetStatistics {
  const { root, adapter, studies, warnings, labelRule, madeSplit, excluded } = dataset;
  const ofSplit = (split: Split) => studies.filter((study) => study.split === split);
  return {
    root,
    adapter,
    labelRule,
    splits: { training: describeStudies(ofSplit("training")), test: describeStudies(ofSplit("test")) },
    total: describeStudies(studies),
    ...(madeSplit && { madeSplit }),
    comparison: compareSplits(ofSplit(splits[0]), ofSplit(splits[1])),
    excluded: excluded ?? [],
    warnings,
  };
}

function describeStudies(studies: Study[]): SplitStatistics {
  const images = studies.flatMap((study) => study.images);
  const malignant = images.filter(({ label }) => label === 1);
  const rows = countRows(images);
  const malignantRows = countRows(malignant);
  const prevalence = rows === 0 ? 0 : malignantRows / rows;
  return {
    studies: studies.length,
    malignantStudies: studies.filter((study) => study.images.some(({ label }) => label === 1)).length,
    images: images.length,
    malignantImages: malignant.length,
    rows,
    malignantRows,
    prevalence,
    alwaysMalignantF1: (2 * prevalence) / (1 + prevalence),
    birads: countBy(images, ["0", "1", "2", "3", "4", "5", "6", "unknown"], ({ birads }) =>
      String(birads ?? "unknown"),
    ),
    density: countBy(images, ["A", "B", "C", "D", "unknown"], ({ density }) => density ?? "unknown"),
    views: countBy(images, ["L-CC", "L-MLO", "R-CC", "R-MLO"], ({ laterality, viewPosition }) =>
      laterality === null && viewPosition === null ? "unknown" : `${laterality ?? "?"}-${viewPosition ?? "?"}`,
    ),
    groups: countGroups(images),
  };
}

function countGroups(images: StudyImage[]): Record<string, Record<string, number>> {
  const names = [...new Set(images.flatMap(({ groups }) => Object.keys(groups)))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      countBy(
        images.filter(({ groups }) => groups[name] !== undefined),
        [],
        ({ groups }) => groups[name] ?? "",
      ),
    ]),
  );
}

function countRows(images: StudyImage[]): number {
  return images.reduce((sum, { rows }) => sum + rows, 0);
}

/** Counts in the given order; names beyond the given ones follow in order of appearance. */
function countBy<Name extends string>(
  images: StudyImage[],
  names: Name[],
  nameOf: (image: StudyImage) => Name,
): Record<Name, number> {
  const counts = new Map<Name, number>(names.map((name) => [name, 0]));
  for (const image of images) counts.set(nameOf(image), (counts.get(nameOf(image)) ?? 0) + 1);
  // The cast: fromEntries widens literal keys to string.
  return Object.fromEntries(counts) as Record<Name, number>;
}
