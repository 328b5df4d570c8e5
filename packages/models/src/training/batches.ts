import type { Random } from "@mammoflow/runtime";
import { flipVariants } from "../features.ts";
import { elementCount } from "../state-dict.ts";
import type { Dense } from "../architectures/layers.ts";
import { augment } from "./augment/augment.ts";
import type { Examples } from "./examples.ts";
import type { RowColumns } from "./row-columns.ts";
import type { EpochPlan } from "./samplers.ts";
import { isNothing, type TrainingSettings } from "./training-settings.ts";

/** What the network sees at once. */
export interface Batch {
  rows: number;
  /** Rows of all batches of the step that this one belongs to. */
  stepRows: number;
  /** Whether a step is made after it. */
  endsStep: boolean;
  /** [row, ...example] */
  examples: Float32Array;
  /** [row, output], 0..1 */
  targets: Float32Array;
  /** [row], which make the sum of losses a mean over the rows and outputs of the step. */
  rowWeights: Float32Array;
  /** By layer, [row, input]: 0 for what is dropped and 1 / (1 - share) for the others, as PyTorch's. */
  dropout: ReadonlyMap<string, Float32Array>;
}

export interface BatchSource {
  examples: Examples;
  rows: RowColumns;
  /** How much a benign and a malignant row count in the loss. */
  lossWeights: readonly [benign: number, malignant: number];
  dropout: { share: number; layers: readonly Dense[] };
  settings: TrainingSettings;
  batchSize: number;
}

/**
 * Cuts an epoch's plan into batches; the last one may be smaller. All batches share their arrays: one has to be used before the
 * next is asked for. What is random comes from the stream in the order of the rows.
 */
export async function* createBatches(source: BatchSource, plan: EpochPlan, random: Random): AsyncGenerator<Batch> {
  const { examples, rows, lossWeights, dropout, settings, batchSize } = source;
  const { accumulateBatches, outputs, labelSmoothing, augmentation } = settings;
  const length = elementCount(examples.shape);
  const augments = !isNothing(augmentation);
  const shared = {
    examples: new Float32Array(batchSize * length),
    targets: new Float32Array(batchSize * outputs),
    rowWeights: new Float32Array(batchSize),
    dropout: dropout.layers.map(({ name, inputLength }) => ({
      name,
      inputLength,
      factors: new Float32Array(batchSize * inputLength),
    })),
  };

  async function fill(place: number, row: number, flip: number): Promise<void> {
    const example = shared.examples.subarray(place * length, (place + 1) * length);
    const reading = examples.read(rows.images[row] ?? 0, flipVariants[flip] ?? "none", example);
    if (reading !== undefined) await reading; // what is in memory costs no turn
    if (augments) augment(example, examples.shape, augmentation, random);
    const label = rows.labels[row] ?? 0;
    const malignant = label * (1 - labelSmoothing) + labelSmoothing / 2;
    if (outputs === 2) shared.targets[2 * place] = 1 - malignant;
    shared.targets[outputs * place + outputs - 1] = malignant;
    shared.rowWeights[place] = lossWeights[label === 1 ? 1 : 0];
    for (const { inputLength, factors } of shared.dropout)
      for (let index = place * inputLength; index < (place + 1) * inputLength; index++)
        factors[index] = random.uniform() < dropout.share ? 0 : 1 / (1 - dropout.share);
  }

  const stepSize = batchSize * accumulateBatches;
  for (let start = 0; start < plan.rows.length; start += batchSize) {
    const count = Math.min(batchSize, plan.rows.length - start);
    const stepStart = start - (start % stepSize);
    const stepRows = Math.min(stepSize, plan.rows.length - stepStart);
    for (let place = 0; place < count; place++)
      await fill(place, plan.rows[start + place] ?? 0, plan.flips[start + place] ?? 0);
    for (let place = 0; place < count; place++)
      shared.rowWeights[place] = (shared.rowWeights[place] ?? 0) / (stepRows * outputs);
    yield {
      rows: count,
      stepRows,
      endsStep: start + count === stepStart + stepRows,
      examples: shared.examples.subarray(0, count * length),
      targets: shared.targets.subarray(0, count * outputs),
      rowWeights: shared.rowWeights.subarray(0, count),
      dropout: new Map(
        shared.dropout.map(({ name, inputLength, factors }) => [name, factors.subarray(0, count * inputLength)]),
      ),
    };
  }
}

/** The size of an epoch's batches, the first epoch being 1. */
export const batchSizeOf = ({ batchSize, firstBatchSizes }: TrainingSettings, epoch: number): number =>
  firstBatchSizes[epoch - 1] ?? batchSize;
