import { ModelsError } from "../models-error.ts";

export const imbalanceStrategyNames = [
  "none",
  "undersample",
  "oversample",
  "sampler",
  "weighted-loss",
  "sampler+weighted-loss",
  "focal-loss",
  "logit-adjustment",
] as const;
export type ImbalanceStrategy = (typeof imbalanceStrategyNames)[number];

/** How the rows of an epoch are chosen. */
export type Sampling = "shuffle" | "undersample" | "oversample" | "weighted";

export interface ImbalanceTreatment {
  sampling: Sampling;
  /** Whether each row's loss counts by the inverse frequency of its class. */
  weightsLoss: boolean;
  /** Whether rows that the model is sure of count less (Lin et al. 2017, https://arxiv.org/abs/1708.02002). */
  isFocal: boolean;
  /** Whether the logits carry the classes' log odds while training (Menon et al. 2020, https://arxiv.org/abs/2007.07314). */
  adjustsLogits: boolean;
  /** One line for people. */
  description: string;
}

const plain = { sampling: "shuffle", weightsLoss: false, isFocal: false, adjustsLogits: false } as const;

/** What each strategy does about few malignant rows among many benign ones: the one place that says so. */
export const imbalanceStrategies: Record<ImbalanceStrategy, ImbalanceTreatment> = {
  none: { ...plain, description: "every row once an epoch, in random order" },
  undersample: {
    ...plain,
    sampling: "undersample",
    description: "every row of the rarer class, and as many of the other, drawn anew each epoch without replacement",
  },
  oversample: {
    ...plain,
    sampling: "oversample",
    description: "every row of the commoner class once, and the rarer class repeated until it is as many",
  },
  sampler: {
    ...plain,
    sampling: "weighted",
    description: "as many rows as there are, drawn with replacement by inverse class frequency",
  },
  "weighted-loss": {
    ...plain,
    weightsLoss: true,
    description: "every row once an epoch, its loss weighted by inverse class frequency",
  },
  "sampler+weighted-loss": {
    ...plain,
    sampling: "weighted",
    weightsLoss: true,
    description:
      "drawn by inverse class frequency, and the loss weighted by it as well: the rarer class counts twice over",
  },
  "focal-loss": {
    ...plain,
    isFocal: true,
    description: "every row once an epoch; the surer the model is of a row, the less its loss counts",
  },
  "logit-adjustment": {
    ...plain,
    adjustsLogits: true,
    description:
      "every row once an epoch; the classes' log odds are added while training, so that without them classes are equal",
  },
};

/**
 * Loss weights of benign and malignant rows, inverse to their frequency: rows / (2 x rows of the class), as scikit-learn's
 * "balanced". Their mean over all rows is 1.
 *
 * @param labels 0 benign, 1 malignant, one a row
 * @throws ModelsError (`TRAINING_ROWS`) when a class has no row
 */
export function classWeights(labels: Uint8Array): [benign: number, malignant: number] {
  const malignant = labels.reduce((sum, label) => sum + label, 0);
  const benign = labels.length - malignant;
  if (benign === 0 || malignant === 0)
    throw new ModelsError({
      code: "TRAINING_ROWS",
      message: `The ${labels.length} training rows are ${benign} benign and ${malignant} malignant: both classes are needed. Look at the label rule and at what failed in preprocessing.`,
    });
  return [labels.length / (2 * benign), labels.length / (2 * malignant)];
}
