/** How it is told that an image is unlike those that a model was trained on. */
export interface LikenessFacts {
  /** What the score is computed of, in words. */
  of: string;
  /** Images that the statistics are of, and those of validation that the threshold is a quantile of. */
  trainingImages: number;
  validationImages: number;
  quantile: number;
  /** Scores above it give a warning. */
  threshold: number;
}
