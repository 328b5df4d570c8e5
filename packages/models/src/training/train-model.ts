import { setImmediate as nextTurn } from "node:timers/promises";
import { createRandom, restoreRandom } from "@mammoflow/runtime";
import { backbones } from "../backbones.ts";
import { ModelsError } from "../models-error.ts";
import type { StateDict } from "../state-dict.ts";
import { type Batch, batchSizeOf, createBatches } from "./batches.ts";
import { type Best, type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { classWeights, imbalanceStrategies } from "./imbalance.ts";
import { initialTensors, trainedNames } from "./initial-tensors.ts";
import { learningRateAt } from "./learning-rate.ts";
import { lossOf } from "./loss-options.ts";
import { dropoutLayersOf, dropoutShare, layersOfPart, type PartLayers } from "./part-layers.ts";
import { columnsOf, fingerprintOf, requireFlips } from "./row-columns.ts";
import { planEpoch } from "./samplers.ts";
import { createTrainer, type Trainer } from "./trainer.ts";
import { modelTensors, writeModel } from "./trained-model.ts";
import type { TrainedModel, TrainModelHooks, TrainModelOptions } from "./train-model-options.ts";
import type { TrainingSettings } from "./training-settings.ts";
import { validate } from "./validate.ts";

/**
 * Trains a part of a network: its classifier on cached features, its last block on cached activations, or all of it on images.
 *
 * Resuming from the checkpoint of an epoch gives bit for bit what an uninterrupted training gives, on the same machine.
 *
 * @throws ModelsError (`TRAINING_ROWS`) without both classes, or without validation rows where training may stop early,
 *   (`FEATURES_INVALID`) when flips are asked for and not there, (`TRAINING_DIVERGED`) when the loss is no number or explodes,
 *   (`WEIGHTS_MISMATCH`) when the weights are of another backbone, (`CHECKPOINT_...`) as `readCheckpoint`
 * @throws the signal's reason, between two batches, once it is aborted
 */
export async function trainModel(
  options: TrainModelOptions,
  hooks: TrainModelHooks,
  signal?: AbortSignal,
): Promise<TrainedModel> {
  const { settings, examples, weights } = options;
  const { epochs, flipProbability, earlyStoppingEpochs } = settings;
  const backbone = backbones[options.backbone];
  const part = layersOfPart(backbone.architecture, settings.part, settings.outputs);
  const { sampling } = imbalanceStrategies[settings.strategy];
  const training = columnsOf(options.training, examples);
  const validation = columnsOf(options.validation, examples);
  const { lossWeights, loss } = lossOf(settings, classWeights(training.labels));
  requireFlips(examples, flipProbability);
  requireValidation(earlyStoppingEpochs, validation.labels);

  const judged = earlyStoppingEpochs > 0 ? [training, validation] : [training];
  const fingerprint = fingerprintOf(lastingSettings(options), examples, judged);
  const start =
    options.resumeFrom === undefined
      ? beginning(options, part, fingerprint)
      : readCheckpoint(options.resumeFrom, fingerprint);
  const random = restoreRandom(start.random);
  const share = dropoutShare(backbone, settings);
  const dropoutLayers = dropoutLayersOf(part, share);
  const exampleShape = examples.shape;
  const trainer = await createTrainer({ backbone, part, exampleShape, settings, loss, dropoutLayers, weights, start });
  const current = (): Best["tensors"] => modelTensors(trainer.state(), trainedNames(part));
  let { epoch, best } = start;
  try {
    while (epoch < epochs && !(best && epoch - best.epoch >= earlyStoppingEpochs)) {
      epoch += 1;
      const startedMs = performance.now();
      const plan = planEpoch({ labels: training.labels, sampling, flipProbability }, random);
      const batchSize = batchSizeOf(settings, epoch);
      const dropout = { share, layers: dropoutLayers };
      const source = { examples, rows: training, lossWeights, dropout, settings, batchSize };
      const batches = createBatches(source, plan, random);
      const steps = Math.ceil(plan.rows.length / (batchSize * settings.accumulateBatches));
      const learnt = await trainEpoch(trainer, batches, { epoch, steps, settings, lossWeights }, signal);
      const state = trainer.state();
      const tensors = modelTensors(state, trainedNames(part));
      requireNumbers(tensors, epoch, learnt.learningRate);
      const validated = await validate(tensors, options, validation, hooks, signal);
      if (earlyStoppingEpochs > 0) best = better(best, { epoch, tensors, ...validated });
      await hooks.onEpoch?.({
        epoch,
        ...learnt,
        ...validated,
        seconds: (performance.now() - startedMs) / 1000,
        checkpoint: writeCheckpoint({ epoch, ...state, random: random.state(), fingerprint, best }),
      });
    }
    const chosen = best ?? { epoch, tensors: current() };
    return { epoch: chosen.epoch, safetensors: modelFile(options, chosen) };
  } finally {
    trainer.close();
  }
}

/** The state before the first epoch. */
function beginning({ settings, weights }: TrainModelOptions, part: PartLayers, fingerprint: string): Checkpoint {
  const random = createRandom(settings.seed);
  const tensors = initialTensors(part, weights, random);
  return { epoch: 0, step: 0, tensors, random: random.state(), fingerprint, best: undefined };
}

/** A loss this far above that of a head that knows nothing (ln 2) does not come back. */
const explodedLoss = 1000 * Math.LN2;

/** Goes through one epoch's batches; returns the mean loss of its rows and the last step's learning rate. */
async function trainEpoch(
  trainer: Trainer,
  batches: AsyncIterable<Batch>,
  facts: { epoch: number; steps: number; settings: TrainingSettings; lossWeights: readonly number[] },
  signal: AbortSignal | undefined,
): Promise<{ trainLoss: number; learningRate: number }> {
  const { epoch, steps, settings, lossWeights } = facts;
  const limit = explodedLoss * Math.max(...lossWeights);
  let lossSum = 0;
  let rows = 0;
  let step = 0;
  let learningRate = settings.learningRate;
  for await (const batch of batches) {
    await nextTurn(); // lets an abort arrive
    signal?.throwIfAborted();
    learningRate = learningRateAt(settings, epoch - 1 + step / steps);
    const batchLoss = trainer.learn(batch, learningRate) * batch.stepRows;
    if (!(batchLoss / batch.rows <= limit))
      throw diverged(epoch, `the loss became ${batchLoss / batch.rows}`, learningRate);
    lossSum += batchLoss;
    rows += batch.rows;
    if (batch.endsStep) step += 1;
  }
  return { trainLoss: lossSum / rows, learningRate };
}

function diverged(epoch: number, what: string, learningRate: number): ModelsError {
  return new ModelsError({
    code: "TRAINING_DIVERGED",
    message: `Training diverged in epoch ${epoch}: ${what}. Train with a learning rate below ${learningRate}, and check that the examples hold numbers only.`,
  });
}

/** The loss is computed before a step: what the last one did shows in the weights. */
function requireNumbers(tensors: StateDict, epoch: number, learningRate: number): void {
  for (const [name, { data }] of tensors)
    if (!data.every(Number.isFinite)) throw diverged(epoch, `${name} is no longer made of numbers`, learningRate);
}

/** The epoch with the lower validation loss; the earlier one of two that are equal. */
function better(
  best: Best | undefined,
  { epoch, tensors, validationLoss }: Omit<Best, "validationLoss"> & { validationLoss: number | null },
): Best | undefined {
  if (validationLoss === null || (best && best.validationLoss <= validationLoss)) return best;
  return { epoch, tensors, validationLoss };
}

/** Settings that make two trainings the same: where the learning rate stays as it is, a longer one begins as a shorter one does. */
function lastingSettings({ backbone, settings }: TrainModelOptions): object {
  const { epochs, ...lasting } = settings;
  return { backbone, ...lasting, ...(settings.schedule === "cosine" && { epochs }) };
}

/** The file of a model, with its settings among the notes. */
function modelFile(
  { backbone, settings, metadata }: TrainModelOptions,
  { epoch, tensors }: Omit<Best, "validationLoss">,
): Uint8Array {
  const { part, outputs } = settings;
  return writeModel(
    { backbone, part, outputs, tensors },
    { ...metadata, epoch: String(epoch), settings: JSON.stringify(settings) },
  );
}

function requireValidation(earlyStoppingEpochs: number, labels: Uint8Array): void {
  if (earlyStoppingEpochs === 0 || labels.length > 0) return;
  throw new ModelsError({
    code: "TRAINING_ROWS",
    message: `Training is to stop after ${earlyStoppingEpochs} epochs without a lower validation loss, but there are no validation rows: set a share of the training patients aside, or do not stop early.`,
  });
}
