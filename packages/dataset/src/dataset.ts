/** A mammography data set as everything else sees it: studies of labelled images, split by patient or by study. */

export type Laterality = "L" | "R";
/** The two views of a screening study; other data sets have more. */
export type ViewPosition = "CC" | "MLO";
export type Density = "A" | "B" | "C" | "D";
export type Split = "training" | "test";
export const splits = ["training", "test"] as const satisfies Split[];

/** What somebody saw in an image; of VinDr-Mammo, one line of the findings file. */
export interface Finding {
  /** e.g. `Mass`, `Suspicious Calcification`; empty for a line that says that there is none. */
  categories: string[];
  birads: number | null;
  /** In pixels of the source image, cut to it where its size is known; null where nothing says where. */
  box: { x: number; y: number; width: number; height: number } | null;
}

/** One image. What a data set does not say is null. */
export interface StudyImage {
  imageId: string;
  seriesId: string | null;
  laterality: Laterality | null;
  /** DICOM's code, e.g. `CC`, `MLO`, `ML`, `LMO`, `XCCL`, `AT`; PS3.16 CID 4014. */
  viewPosition: string | null;
  /** BI-RADS assessment of the breast, 0..6. */
  birads: number | null;
  density: Density | null;
  heightPx: number | null;
  widthPx: number | null;
  label: 0 | 1;
  /** How many rows of the study's tables the image counts for: 1, or its number of findings. */
  rows: number;
  /** Address relative to the data set's root, with forward slashes. */
  source: string;
  /** Values by which results can be told apart, e.g. `{ machine: "29", age: "60-69" }`. */
  groups: Record<string, string>;
  /** Present when the data set lists findings. */
  findings?: Finding[] | undefined;
}

export interface Study {
  studyId: string;
  /** Present when the data set tells patients apart. */
  patientId?: string | undefined;
  split: Split;
  images: StudyImage[];
}

/** Images that the label rule leaves out. */
export interface ExcludedImages {
  birads: number;
  images: number;
}

/** A split that was made here, because the data set has none. The same seed, share and patients make the same one anywhere. */
export interface MadeSplit {
  seed: number;
  /** Share of the patients that is for the test. */
  testShare: number;
}

export interface Dataset {
  /** A folder's path, or `gs://bucket/prefix`. */
  root: string;
  /** Names of the files that it was read from, relative to the root. */
  tables?: string[];
  /** Name of the adapter that read it, e.g. `vindr-mammo`. */
  adapter: string;
  /** Drawn by `writePhantomDataset`: its numbers say nothing about mammograms. */
  isSynthetic: boolean;
  /** In the order in which the annotations name them. */
  studies: Study[];
  /** One sentence each; nothing that is odd about the data set is passed over in silence. */
  warnings: string[];
  labelRule: LabelRule;
  madeSplit?: MadeSplit | undefined;
  excluded?: ExcludedImages[];
  /** Addresses of the images that are listed and have no label, or one that the rule leaves out. */
  leftOut?: string[];
}

/** How images become benign and malignant: by their BI-RADS assessment, or as the data set itself says. */
export type LabelRule = BiradsRule | OwnLabels;

export interface BiradsRule {
  /** BI-RADS at and above this is malignant; 3 is what the study's code does. */
  malignantFrom: 3 | 4;
  /** Assessments that are left out, e.g. `[3]`. BI-RADS 0 (incomplete) is always left out. */
  excludeBirads: number[];
  /** Whether an image counts once, or once per finding (as the study probably did). */
  rows: "images" | "findings";
}

export interface OwnLabels {
  /** Ends the sentence "Malignant where ...". */
  malignantWhere: string;
  /** What the label is and what it is not, in whole sentences. */
  truth: string;
  rows: "images" | "findings";
}

/** @returns 1 malignant, 0 benign, null when the rule leaves the image out. */
export function labelOf(birads: number, rule: BiradsRule): 0 | 1 | null {
  if (birads === 0 || rule.excludeBirads.includes(birads)) return null;
  return birads >= rule.malignantFrom ? 1 : 0;
}

/** @returns e.g. `malignant from BI-RADS 3, without BI-RADS 6`. */
export function ruleInWords(rule: LabelRule): string {
  if ("malignantWhere" in rule) return `malignant where ${rule.malignantWhere}`;
  const { malignantFrom, excludeBirads } = rule;
  return `malignant from BI-RADS ${malignantFrom}${excludeBirads.length > 0 ? `, without BI-RADS ${excludeBirads.join(", ")}` : ""}`;
}
