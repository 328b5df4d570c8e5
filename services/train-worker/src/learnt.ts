import type { Explanation } from "@mammoflow/evaluation";
import type { Epoch } from "./epoch-log.ts";

/** What came out of a training, whatever was trained. */
export interface Learnt {
  /** The files of the model, by their names below `model/`. */
  files: Record<string, Uint8Array>;
  /** None where training knows no epochs. */
  epochs: Epoch[];
  /** Which epoch the model is of, and why. */
  chosen: { epoch: number; because: string } | undefined;
  /** What the training was, for people: every setting as it was used. */
  configuration: Record<string, unknown>;
  /** What trees learnt, for people. */
  explanation?: Explanation;
  /** Probability of being malignant, of images by their place in the manifest. */
  predict(images: number[]): Promise<Float32Array>;
  /** Numbers of images by their place in the manifest, by which odd images are told from those that it learnt from. */
  likeness: { of: string; rows(images: readonly number[]): Promise<Float32Array[]> };
  /** Frees what predicting holds. */
  close(): void;
}
