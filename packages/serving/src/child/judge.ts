import type { PreparedPicture } from "./prepared-picture.ts";

/** What a model says of a prepared image. */
export interface Judged {
  /** Of being malignant, 0..1. */
  probability: number;
  /** The numbers by which it is told how unlike the training images it is. */
  row: Float32Array;
}

/** A model that is loaded, whatever it is made of. */
export interface Judge {
  /** @param exam images of one study; trees compare them */
  judge(exam: readonly PreparedPicture[]): Promise<Judged[]>;
  /** @throws AppError `EXPLAIN_PART` for trees */
  explain(picture: PreparedPicture): Promise<{ heat: Float32Array; peak: { x: number; y: number } }>;
  close(): Promise<void>;
}
