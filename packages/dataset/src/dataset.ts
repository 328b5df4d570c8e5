/** A mammography data set as everything else sees it: studies of labelled images, split by study. */

export type Laterality = "L" | "R";
export type ViewPosition = "CC" | "MLO";
export type Density = "A" | "B" | "C" | "D";
export type Split = "training" | "test";
export const splits = ["training", "test"] as const satisfies Split[];

/** One line of the findings file. */
export interface Finding {
  /** e.g. `Mass`, `Suspicious Calcification`; empty for a line that says that there is none. */
  categories: string[];
  birads: number | null;
  /** In pixels of the image, cut to it; null where the line has no box. */
  box: { xmin: number; ymin: number; xmax: number; ymax: number } | null;
}

export interface StudyImage {
  imageId: string;
  seriesId: string;
  laterality: Laterality;
  viewPosition: ViewPosition;
  /** BI-RADS assessment of the breast, 1..6. */
  birads: number;
  density: Density | null;
  heightPx: number;
  widthPx: number;
  label: 0 | 1;
  /** How many rows of the study's tables the image counts for: 1, or its number of findings. */
  rows: number;
  /** Address relative to the data set's root, with forward slashes. */
  source: string;
  /** Present when the data set has a findings file. */
  findings?: Finding[];
  /** Present when the data set has a metadata file that names it. */
  manufacturerModel?: string;
}

export interface Study {
  studyId: string;
  split: Split;
  images: StudyImage[];
}

/** Images that the label rule leaves out. */
export interface ExcludedImages {
  birads: number;
  images: number;
}

export interface Dataset {
  root: string;
  /** Drawn by `writePhantomDataset`: its numbers say nothing about mammograms. */
  isSynthetic: boolean;
  /** In the order in which the annotations name them. */
  studies: Study[];
  /** One sentence each; nothing that is odd about the data set is passed over in silence. */
  warnings: string[];
  labelRule: LabelRule;
  excluded?: ExcludedImages[];
}

/** How a BI-RADS assessment becomes a class. */
export interface LabelRule {
  /** BI-RADS at and above this is malignant; 3 is what the study's code does. */
  malignantFrom: 3 | 4;
  /** Assessments that are left out, e.g. `[3]`. BI-RADS 0 (incomplete) is always left out. */
  excludeBirads: number[];
  /** Whether an image counts once, or once per line of the findings file (as the study probably did). */
  rows: "images" | "findings";
}

/** @returns 1 malignant, 0 benign, null when the rule leaves the image out. */
export function labelOf(birads: number, rule: LabelRule): 0 | 1 | null {
  if (birads === 0 || rule.excludeBirads.includes(birads)) return null;
  return birads >= rule.malignantFrom ? 1 : 0;
}
