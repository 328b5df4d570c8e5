import type { HeaderFacts } from "@mammoflow/imaging";
import type { GivenImage, QualityWarning } from "../served-model.ts";
import type { PreparedPicture } from "./prepared-picture.ts";

/** An image whose bytes come beside the request. */
export type AskedImage = Omit<GivenImage, "bytes">;

/** What the process that decodes is asked for: images as the model sees them, a `PreparedPicture` each. */
export interface PrepareRequest {
  images: readonly AskedImage[];
  recipe: Record<string, unknown>;
  sizePx: number | null;
}

/** What the process that computes needs to know of a model. */
export interface ChildModel {
  id: string;
  version: string;
  storeAddress: string;
  gcsEndpoint: string | undefined;
  cacheDir: string;
  /** The trained numbers: an object of the store, and its sha256. */
  file: { name: string; sha256: string };
  backbone: string;
  part: "head" | "last-block" | "all" | "tree" | "boosted";
  /** `pretrained`, `none`, or a file; and the sha256 that training found. */
  weights: { from: string; sha256: string };
  precision: "float32" | "bfloat16";
  featureType: "float32" | "float16";
  testFlips: "none" | "all";
  recipe: Record<string, unknown>;
  sizePx: number | null;
  likeness: { mean: (number | null)[]; deviation: (number | null)[] } | null;
}

/** A model travels with each request: a process that had to be killed is replaced by one that knows nothing. */
export type ServeRequest =
  | { kind: "start" }
  | { kind: "load"; model: ChildModel }
  | { kind: "predict"; model: ChildModel; pictures: readonly PreparedPicture[] }
  | { kind: "explain"; model: ChildModel; picture: PreparedPicture };

export interface JudgedImage {
  /** Of being malignant, 0..1. */
  probability: number;
  unlikeness: number | null;
  /** What is left of its header; null of what came prepared. */
  header: HeaderFacts | null;
  warnings: Pick<QualityWarning, "code" | "message">[];
}

export interface JudgedImages {
  images: JudgedImage[];
  timing: { decodeMs: number; prepareMs: number; networkMs: number };
}

export interface ExplainedImage extends JudgedImages {
  overlay: Uint8Array;
  regions: { box: { x: number; y: number; width: number; height: number }; share: number }[];
}
