import { z } from "zod";
import { imbalanceStrategyNames } from "./imbalance.ts";

/** Which layers move: the classifier, the last block and the classifier, every layer. Each trains on what comes before it. */
export const trainedParts = ["head", "last-block", "all"] as const;
export type TrainedPart = (typeof trainedParts)[number];

export const optimizerNames = ["adam", "adamw", "sgd"] as const;
export type OptimizerName = (typeof optimizerNames)[number];

const batchSize = z.number().int().min(1).max(4096).default(32);
const share = z.number().min(0).max(1);
const shareBelowOne = z.number().min(0).lt(1);

/** What happens to an image before it is learnt from, beside flips; 0 or null: nothing. Needs images, so the part `all`. */
const augmentationSchema = z.strictObject({
  /** Brightness is multiplied by a factor from 1 - this to 1 + this. The study tried .1. */
  brightness: share.default(0),
  /** Contrast, likewise. */
  contrast: share.default(0),
  /** Standard deviation of a 3x3 Gaussian blur, drawn between the two. The study tried torchvision's .1 to 2. */
  blurSigmaPx: z
    .tuple([z.number().positive(), z.number().positive()])
    .refine(([least, most]) => least <= most, "the smaller sigma comes first")
    .nullable()
    .default(null),
  /** Turned by an angle from minus this to this. */
  rotationDegrees: z.number().min(0).max(180).default(0),
  /** Moved on each axis by up to this share of the side. */
  translation: shareBelowOne.default(0),
});
export type Augmentation = z.infer<typeof augmentationSchema>;

/** How a model is trained. The defaults are the study's: a head, Adam at 3e-4, batches of 32, 10 epochs, two outputs, flips at .3. */
export const trainingSettingsSchema = z
  .strictObject({
    part: z.enum(trainedParts).default("head"),
    strategy: z.enum(imbalanceStrategyNames).default("sampler"),
    /** Two outputs, benign and malignant, each with a binary cross-entropy of its own, as in the study; or malignant alone. */
    outputs: z.union([z.literal(1), z.literal(2)]).default(2),
    optimizer: z.enum(optimizerNames).default("adam"),
    learningRate: z.number().positive().default(3e-4),
    /** After the warm-up: as it is, or down to 0 along half a cosine by the last epoch. */
    schedule: z.enum(["constant", "cosine"]).default("constant"),
    /** Epochs over which the learning rate rises from a hundredth of itself. */
    warmupEpochs: z.number().int().min(0).default(0),
    /** Added to the gradient by Adam and SGD, taken off the weights by AdamW: as PyTorch's. */
    weightDecay: z.number().min(0).default(0),
    /** Share of the features dropped before the classifier; null: what the architecture has. */
    dropout: shareBelowOne.nullable().default(null),
    /** Targets 0 and 1 become this / 2 and 1 - this / 2. */
    labelSmoothing: shareBelowOne.default(0),
    /** Exponent of the strategy `focal-loss`. */
    focalGamma: z.number().min(1).max(10).default(2),
    /**
     * What batch normalisation divides by while its block is trained: the batch's own statistics, or the running ones, which then
     * stay as they are. Blocks that are not trained use their running statistics always.
     */
    batchNormStatistics: z.enum(["batch", "running"]).default("batch"),
    batchSize,
    /** Of the first epochs, one after the other, where they differ: small batches at first, large ones later. */
    firstBatchSizes: z.array(batchSize.unwrap()).default([]),
    /** Batches whose gradients are summed before a step, as if they were one. */
    accumulateBatches: z.number().int().min(1).max(1024).default(1),
    epochs: z.number().int().min(1).max(10_000).default(10),
    /** Stops when the validation loss has not fallen for so many epochs, and gives the model of its lowest point; 0: never. */
    earlyStoppingEpochs: z.number().int().min(0).default(0),
    /** Gives the exponential moving average of the weights instead of the last ones; 0: off. */
    emaDecay: shareBelowOne.default(0),
    /** Of a horizontal flip, and independently of a vertical one. */
    flipProbability: share.default(0.3),
    augmentation: augmentationSchema.prefault({}),
    seed: z.number().int().min(0).default(0),
  })
  .refine(({ part, augmentation }) => part === "all" || isNothing(augmentation), {
    path: ["augmentation"],
    message: "only flips can be used where the trained part starts from stored numbers: train the part `all`",
  })
  .refine(({ warmupEpochs, epochs }) => warmupEpochs <= epochs, {
    path: ["warmupEpochs"],
    message: "the warm-up is longer than the training",
  });
export type TrainingSettings = z.infer<typeof trainingSettingsSchema>;

/** True when no image is changed. */
export function isNothing({ brightness, contrast, blurSigmaPx, rotationDegrees, translation }: Augmentation): boolean {
  return brightness === 0 && contrast === 0 && blurSigmaPx === null && rotationDegrees === 0 && translation === 0;
}
