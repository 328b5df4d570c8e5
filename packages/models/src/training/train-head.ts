import { setImmediate as nextTurn } from "node:timers/promises";
import type { Features } from "../features.ts";
import type { TensorFlow } from "../load-tensorflow.ts";
import { ModelsError } from "../models-error.ts";
import { createBatches } from "./batches.ts";
import { readCheckpoint, writeCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { headLogits, initialHead, malignantProbabilities, writeHead, type Head } from "./head.ts";
import { columnsOf, fingerprintOf, requireFlips, type HeadRow, type HeadRowColumns } from "./head-rows.ts";
import { createHeadTrainer, initialAdam, type Batch, type HeadTrainer } from "./head-trainer.ts";
import { classWeights, imbalanceStrategies, type ImbalanceStrategy } from "./imbalance.ts";
import { meanBceWithLogits } from "./losses.ts";
import { createRandom, restoreRandom } from "@mammoflow/runtime";
import { planEpoch } from "./samplers.ts";

export interface TrainHeadOptions {
  features: Features;
  training: readonly HeadRow[];
  /** Never flipped; may be empty. */
  validation: readonly HeadRow[];
  strategy: ImbalanceStrategy;
  /** Share of features dropped before the head, as the architecture has it; 0: none. */
  dropout: number;
  seed: number;
  /** 10 unless told. */
  epochs?: number | undefined;
  /** 32 unless told. */
  batchSize?: number | undefined;
  /** Adam's, 3e-4 unless told. */
  learningRate?: number | undefined;
  /** Of a horizontal flip, and independently of a vertical one; .3 unless told. */
  flipProbability?: number | undefined;
  /** A checkpoint of this same training: it goes on after that epoch with exactly the same numbers. */
  resumeFrom?: Uint8Array | undefined;
  /** Noted in the trained head's file, beside what training itself notes there. */
  metadata?: Record<string, string> | undefined;
}

export interface EpochRecord {
  epoch: number;
  /** Mean over the rows of the epoch, with dropout and loss weights as trained. */
  trainLoss: number;
  /** Unweighted, without dropout; null without validation rows. */
  validationLoss: number | null;
  validationAuc: number | null;
  /** How long the epoch took: for logs, never for what is stored as a result. */
  seconds: number;
  checkpoint: Uint8Array;
}

export interface TrainHeadHooks {
  tf: TensorFlow;
  /** Area under the ROC curve, null with one class. */
  areaUnderRoc: (probabilities: Float32Array, labels: Uint8Array) => number | null;
  /** Called after each epoch; training waits for it. */
  onEpoch?: (record: EpochRecord) => void | Promise<void>;
}

export interface TrainedHead extends Head {
  /** Epochs behind these weights. */
  epoch: number;
  /** The head as a file: PyTorch's `weight` and `bias`. */
  safetensors: Uint8Array;
}

/** A loss this far above that of a head that knows nothing (ln 2) does not come back. */
const explodedLoss = 1000 * Math.LN2;

/**
 * Trains a linear head over cached features: binary cross-entropy on one-hot targets, Adam, flips by choosing among the
 * cached flip variants.
 *
 * Resuming from the checkpoint of an epoch gives bit for bit what an uninterrupted training gives, on the same machine. The
 * head of the last epoch is returned; `readHead(record.checkpoint)` gives that of any other.
 *
 * @throws ModelsError (`TRAINING_ROWS`) without both classes, (`FEATURES_INVALID`) when flips are asked for and not there,
 *   (`TRAINING_DIVERGED`) when the loss is no number or explodes, (`CHECKPOINT_...`) as `readCheckpoint`
 * @throws the signal's reason, between two batches, once it is aborted
 */
export async function trainHead(
  options: TrainHeadOptions,
  hooks: TrainHeadHooks,
  signal?: AbortSignal,
): Promise<TrainedHead> {
  const { features, strategy, dropout, seed } = options;
  const { epochs = 10, batchSize = 32, learningRate = 3e-4, flipProbability = 0.3 } = options;
  const treatment = imbalanceStrategies[strategy];
  const training = columnsOf(options.training, features);
  const validation = columnsOf(options.validation, features);
  const weights = classWeights(training.labels);
  const lossWeights: [number, number] = treatment.weightsLoss ? weights : [1, 1];
  requireFlips(features, flipProbability);

  const settings = { strategy, dropout, seed, batchSize, learningRate, flipProbability };
  const fingerprint = fingerprintOf(settings, features, training);
  const start =
    options.resumeFrom === undefined
      ? beginning(features.featureLength, seed, fingerprint)
      : readCheckpoint(options.resumeFrom, { fingerprint, featureLength: features.featureLength });
  const random = restoreRandom(start.random);
  const batches = createBatches({ features, ...training, lossWeights, dropout, batchSize });
  const trainer = createHeadTrainer({ ...start, learningRate }, hooks.tf);
  try {
    for (let epoch = start.epoch + 1; epoch <= epochs; epoch++) {
      const startedMs = performance.now();
      const plan = planEpoch({ labels: training.labels, sampling: treatment.sampling, flipProbability }, random);
      const trainLoss = await trainEpoch(
        trainer,
        batches.of(plan, random),
        { epoch, learningRate, lossWeights },
        signal,
      );
      const { head, adam } = trainer.snapshot();
      await hooks.onEpoch?.({
        epoch,
        trainLoss,
        ...validate(head, features, validation, hooks),
        seconds: (performance.now() - startedMs) / 1000,
        checkpoint: writeCheckpoint({ epoch, head, adam, random: random.state(), fingerprint }),
      });
    }
    const { head } = trainer.snapshot();
    const epoch = Math.max(epochs, start.epoch);
    const notes = { epoch, ...settings, feature_length: features.featureLength };
    const own = Object.fromEntries(Object.entries(notes).map(([name, value]) => [name, String(value)]));
    return { ...head, epoch, safetensors: writeHead(head, { ...options.metadata, ...own }) };
  } finally {
    trainer.close();
  }
}

/** The state before the first epoch. */
function beginning(featureLength: number, seed: number, fingerprint: string): Checkpoint {
  const random = createRandom(seed);
  const head = initialHead(featureLength, random);
  return { epoch: 0, head, adam: initialAdam(featureLength), random: random.state(), fingerprint };
}

/** Goes through one epoch's batches; returns the mean loss of its rows. */
async function trainEpoch(
  trainer: HeadTrainer,
  batches: Iterable<Batch>,
  { epoch, learningRate, lossWeights }: { epoch: number; learningRate: number; lossWeights: [number, number] },
  signal: AbortSignal | undefined,
): Promise<number> {
  const limit = explodedLoss * Math.max(...lossWeights);
  let lossSum = 0;
  let rows = 0;
  for (const batch of batches) {
    await nextTurn(); // lets an abort arrive
    signal?.throwIfAborted();
    const loss = trainer.step(batch);
    if (!(loss <= limit))
      throw new ModelsError({
        code: "TRAINING_DIVERGED",
        message: `Training diverged in epoch ${epoch}: the loss became ${loss}. Train with a learning rate below ${learningRate}, and check that the features hold numbers only.`,
      });
    lossSum += loss * batch.rows;
    rows += batch.rows;
  }
  return lossSum / rows;
}

function validate(
  head: Head,
  features: Features,
  { images, labels }: HeadRowColumns,
  { areaUnderRoc }: TrainHeadHooks,
): Pick<EpochRecord, "validationLoss" | "validationAuc"> {
  if (images.length === 0) return { validationLoss: null, validationAuc: null };
  const logits = headLogits(head, features, images);
  return {
    validationLoss: meanBceWithLogits(logits, labels),
    validationAuc: areaUnderRoc(malignantProbabilities(logits), labels),
  };
}
