import type { Aggregation } from "@mammoflow/evaluation";
import { recipePresets, type Recipe } from "@mammoflow/imaging";
import type { TestFlips, TrainedPart, TrainingSettings } from "@mammoflow/models";

export const protocolNames = ["recommended", "study"] as const;
export type ProtocolName = (typeof protocolNames)[number];

/** What an experiment is done by where no option says otherwise. */
export interface Protocol {
  recipe: Recipe;
  /** Side of the images, by the largest part that is trained. */
  sizePx: Record<TrainedPart, number>;
  training: Pick<TrainingSettings, ProtocolSetting>;
  testFlips: TestFlips;
  aggregation: Aggregation;
}

type ProtocolSetting =
  | "optimizer"
  | "learningRate"
  | "schedule"
  | "warmupEpochs"
  | "weightDecay"
  | "batchSize"
  | "epochs"
  | "earlyStoppingEpochs"
  | "outputs"
  | "flipProbability";

/**
 * The one place that says what each protocol sets. Where each choice comes from stands in `docs/training.md`; none was chosen by
 * results on phantoms. Settings that neither names are the training's own defaults.
 */
export const protocols: Record<ProtocolName, Protocol> = {
  /** What the literature knows to be better. */
  recommended: {
    recipe: recipePresets.mammogram,
    // Activations and gradients of images of 512 px take four times the room and time; a head needs neither.
    sizePx: { head: 512, "last-block": 256, all: 256 },
    training: {
      optimizer: "adamw",
      learningRate: 3e-4,
      schedule: "cosine",
      warmupEpochs: 1,
      weightDecay: 0.01,
      batchSize: 32,
      epochs: 30,
      earlyStoppingEpochs: 8,
      outputs: 2,
      // The four flips equally often, as the test has them.
      flipProbability: 0.5,
    },
    testFlips: "all",
    aggregation: "mean",
  },
  /** The published study's way. It chose by its test split; `--validate-on test` does that, and says what is wrong with it. */
  study: {
    recipe: recipePresets.study,
    sizePx: { head: 256, "last-block": 256, all: 256 },
    training: {
      optimizer: "adam",
      learningRate: 3e-4,
      schedule: "constant",
      warmupEpochs: 0,
      weightDecay: 0,
      batchSize: 32,
      epochs: 10,
      earlyStoppingEpochs: 0,
      outputs: 2,
      flipProbability: 0.3,
    },
    testFlips: "none",
    aggregation: "mean",
  },
};

/** The protocol's recipe at the size that its largest trained part can do with. */
export function sizeOf({ sizePx }: Protocol, parts: readonly TrainedPart[]): number {
  return Math.min(...parts.map((part) => sizePx[part]));
}
