import type { Aggregation, LevelName } from "@mammoflow/evaluation";
import type { LikenessFacts } from "./likeness-facts.ts";

/** A trained model of a run, ready to answer about images that no run has seen. */
export interface ServedModel {
  readonly facts: ModelFacts;
  /**
   * Resolves once the network is loaded; it is where it was waited for.
   *
   * @throws what `openModel` throws of it
   */
  ready(): Promise<void>;
  /**
   * What the model says of one image, or of an exam: up to four images of one patient, of which one answer is made as the run
   * made that of a breast or a patient. Images go through the recipe that the model was trained with; nothing of them is kept.
   *
   * @throws AppError `EXAM_SIZE`, `IMAGE_MISFIT`; DicomError and ImageError of an image that cannot be read, naming it as it was
   *   given; `CHILD_TIMEOUT`, `CHILD_MEMORY`, `CHILD_CRASHED` when the process that computes had to be killed; the signal's
   *   reason when aborted
   */
  predict(images: readonly GivenImage[], options?: CallOptions): Promise<Prediction>;
  /**
   * Where in an image the model sees what speaks for malignancy: Grad-CAM, as a picture and as boxes.
   *
   * @throws the same, and AppError `EXPLAIN_PART` for trees, which look at measured features and at no place
   */
  explain(image: GivenImage, options?: CallOptions): Promise<Explanation>;
  /** Ends its processes. */
  close(): Promise<void>;
}

export interface CallOptions {
  /** Gives up: at once while the call waits for others, and without killing the process that computes when it does not. */
  signal?: AbortSignal;
}

/** Of an exam: as many views as a screening exam has. */
export const mostImages = 4;

export interface GivenImage {
  /** For error messages only; never logged, never kept. */
  name: string;
  /** DICOM, PNG, JPEG, TIFF or PGM, told by the first bytes. */
  bytes: Uint8Array;
  /**
   * True for a PNG that went through this model's recipe already (`facts.recipe`, at the sender's): it is used as it is, so that
   * the answer is the one that the original file would have had. It must have the recipe's size.
   */
  isPrepared?: boolean;
}

export interface ModelFacts {
  /** `RUN/EXPERIMENT`. */
  id: string;
  run: string;
  experiment: string;
  /** `resnet18`, ...; `image-features` for trees. */
  backbone: string;
  /** What was trained: `head`, `last-block`, `all`; `tree`, `boosted` over measured features. */
  part: string;
  /** Against class imbalance. */
  strategy: string;
  /** The pre-trained weights underneath. */
  weights: { title: string; source: string; licence: string; sha256: string };
  /** sha256 of everything that decides an answer: the trained numbers, the weights, the recipe, thresholds, calibration, software. */
  version: string;
  /** What happens to an image before the model sees it, and its sha256. */
  recipe: Record<string, unknown>;
  recipeHash: string;
  /** Side of the square images that the recipe makes; null where it does not say. */
  sizePx: number | null;
  /** How an image, a breast and a patient are decided; levels that the run could not tell apart are absent. */
  levels: Partial<Record<LevelName, LevelFacts>>;
  /** Whose probabilities become that of an image: its own, or the mean over its four flips. */
  testFlips: "none" | "all";
  /** How the probabilities of a breast's views become that of the breast; a patient's is that of her most suspicious breast. */
  aggregation: Aggregation;
  /** What the training's settings were taken from, in words; null in runs of earlier versions. */
  protocol: string | null;
  /** What the training images were like, by which odd ones are told; null where the run has not stored it (an earlier version). */
  trainingImages: { images: number; views: string[]; likeness: LikenessFacts | null } | null;
  /** True when it was trained on generated phantoms. */
  isSynthetic: boolean;
  /** What it is for, what it is not for, and what it cannot know. */
  intendedUse: string;
  notIntended: string;
  limits: string[];
  /** The model card as Markdown; null until the run's report is made. */
  card: string | null;
}

/** From which probability on a case counts as malignant, and how that was chosen. */
export interface LevelFacts {
  threshold: number;
  /** How the threshold was chosen, in words. */
  chosen: string;
  /** calibrated = sigmoid(slope * ln(probability / (1 - probability)) + intercept); null where validation could not be fitted. */
  calibration: { by: string; slope: number; intercept: number } | null;
}

export interface Prediction {
  /** `RUN/EXPERIMENT`. */
  model: string;
  version: string;
  recipeHash: string;
  /** What was answered about: the image, or of several the breast (all of one side) or the patient. */
  level: LevelName;
  /** Of being malignant, 0..1, not calibrated: thresholds stand on it. */
  probability: number;
  /** The same as often as validation cases were malignant; null where the model has no calibration of this level. */
  calibrated: number | null;
  /** 1 when the probability reaches the threshold. */
  label: 0 | 1;
  threshold: number;
  /** One for each image, in their order. */
  images: ImagePrediction[];
  /** Of all images, and of the exam. */
  warnings: QualityWarning[];
  /** A person must look at the images and at this. Nothing here ever changes it. */
  review: "required";
  timing: { decodeMs: number; prepareMs: number; networkMs: number };
}

export interface ImagePrediction {
  probability: number;
  /** How unlike the training images it is; null where the model has no statistics of them. */
  unlikeness: number | null;
  warnings: QualityWarning[];
}

export const warningCodes = [
  /** Something about the file or its preparation was odd. */
  "PREPARATION",
  /** The picture may be shown inverted, or its grey levels are not what a mammogram's are. */
  "PHOTOMETRIC",
  /** The header says that it is no mammogram. */
  "MODALITY",
  /** A view that the model was not trained on. */
  "VIEW",
  /** Much smaller or larger than what the model was trained on. */
  "SIZE",
  "IMPLANT",
  /** The header says that text is burnt into the picture. */
  "BURNT_IN_TEXT",
  /** Further from the training images than nearly all validation images. */
  "UNLIKE_TRAINING",
  /** What the model compares with is missing: the other breast for trees, the side of an exam's image. */
  "INCOMPLETE",
] as const;

export interface QualityWarning {
  code: (typeof warningCodes)[number];
  /** A sentence; holds no name, date or identifier of anybody. */
  message: string;
  /** Which of the images, from 0; absent where it is about the exam. */
  image?: number;
}

export interface Explanation {
  model: string;
  version: string;
  recipeHash: string;
  method: "grad-cam";
  /** As `predict` has it. */
  probability: number;
  label: 0 | 1;
  threshold: number;
  /** The prepared image beside itself under the map, a PNG without metadata. */
  overlay: Uint8Array;
  /** Where most of the map lies, the largest share first; empty where nothing speaks for malignancy. */
  regions: ExplainedRegion[];
  warnings: QualityWarning[];
  review: "required";
}

/** A part of the image that is hotter than half of the map's largest value. */
export interface ExplainedRegion {
  /** In pixels of the given image, from its upper left corner. */
  box: { x: number; y: number; width: number; height: number };
  /** Of the whole map's sum, 0..1. */
  share: number;
}
