import type { BackboneName } from "../backbone-names.ts";
import type { StateDict } from "../state-dict.ts";
import type { Examples } from "./examples.ts";
import type { TrainingSettings } from "./training-settings.ts";

/** One row of training or validation; an image that counts several times has several rows. */
export interface TrainingRow {
  /** Which image of the examples. */
  image: number;
  /** 0 benign, 1 malignant. */
  label: 0 | 1;
}

export interface TrainModelOptions {
  backbone: BackboneName;
  /** The backbone's weights: where the trained layers begin, and what the frozen ones among them hold. A head needs none. */
  weights: StateDict;
  settings: TrainingSettings;
  examples: Examples;
  training: readonly TrainingRow[];
  /** Never flipped nor changed otherwise; may be empty. */
  validation: readonly TrainingRow[];
  /** A checkpoint of this same training: it goes on after that epoch with exactly the same numbers. */
  resumeFrom?: Uint8Array | undefined;
  /** Noted in the model's file, beside what training itself notes there. */
  metadata?: Record<string, string> | undefined;
}

export interface EpochRecord {
  epoch: number;
  /** Mean over the rows of the epoch, with augmentation, dropout and loss weights as trained. */
  trainLoss: number;
  /** Plain binary cross-entropy, without dropout; null without validation rows. */
  validationLoss: number | null;
  validationAuc: number | null;
  /** Of the epoch's last step. */
  learningRate: number;
  /** How long the epoch took: for logs, never for what is stored as a result. */
  seconds: number;
  checkpoint: Uint8Array;
}

export interface TrainModelHooks {
  /** Area under the ROC curve, null with one class. */
  areaUnderRoc: (probabilities: Float32Array, labels: Uint8Array) => number | null;
  /** Called after each epoch; training waits for it. */
  onEpoch?: (record: EpochRecord) => void | Promise<void>;
}

export interface TrainedModel {
  /** The epoch whose weights these are: the last one, or the best where training stops early. */
  epoch: number;
  /** The trained tensors under PyTorch's names, running statistics among them; the metadata say backbone, part and outputs. */
  safetensors: Uint8Array;
}
