import { ModelsError } from "../models-error.ts";

export const imbalanceStrategyNames = [
  "none",
  "undersample",
  "sampler",
  "weighted-loss",
  "sampler+weighted-loss",
] as const;
export type ImbalanceStrategy = (typeof imbalanceStrategyNames)[number];

/** How the rows of an epoch are chosen. */
export type Sampling = "shuffle" | "undersample" | "weighted";

export interface ImbalanceTreatment {
  sampling: Sampling;
  /** Whether each row's loss counts by the inverse frequency of its class. */
  weightsLoss: boolean;
  /** One line for people. */
  description: string;
}

/** What each strategy does about few malignant rows among many benign ones: the one place that says so. */
export const imbalanceStrategies: Record<ImbalanceStrategy, ImbalanceTreatment> = {
  none: {
    sampling: "shuffle",
    weightsLoss: false,
    description: "every row once an epoch, in random order",
  },
  undersample: {
    sampling: "undersample",
    weightsLoss: false,
    description: "every row of the rarer class, and as many of the other, drawn anew each epoch without replacement",
  },
  sampler: {
    sampling: "weighted",
    weightsLoss: false,
    description: "as many rows as there are, drawn with replacement by inverse class frequency",
  },
  "weighted-loss": {
    sampling: "shuffle",
    weightsLoss: true,
    description: "every row once an epoch, its loss weighted by inverse class frequency",
  },
  "sampler+weighted-loss": {
    sampling: "weighted",
    weightsLoss: true,
    description:
      "drawn by inverse class frequency, and the loss weighted by it as well: the rarer class counts twice over",
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
