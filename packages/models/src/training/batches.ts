import { flipVariants, type Features } from "../features.ts";
import { outputs } from "./head.ts";
import type { Batch } from "./head-trainer.ts";
import type { Random } from "@mammoflow/runtime";
import type { EpochPlan } from "./samplers.ts";

export interface BatchSource {
  features: Features;
  /** Which image each training row is. */
  images: Int32Array;
  labels: Uint8Array;
  /** How much a benign and a malignant row count in the loss. */
  lossWeights: readonly [benign: number, malignant: number];
  dropout: number;
  batchSize: number;
}

/**
 * Cuts an epoch's plan into mini-batches; the last one may be smaller. All batches share their arrays: one has to be used
 * before the next is asked for. Dropout zeroes features and scales the others by 1 / (1 - dropout), as PyTorch's.
 */
export function createBatches(source: BatchSource): { of(plan: EpochPlan, random: Random): Generator<Batch> } {
  const { features, images, labels, lossWeights, dropout, batchSize } = source;
  const { featureLength, variants, values } = features;
  const variantOf = flipVariants.map((variant) => variants.indexOf(variant));
  const shared = {
    features: new Float32Array(batchSize * featureLength),
    targets: new Float32Array(batchSize * outputs),
    rowWeights: new Float32Array(batchSize),
  };
  const kept = 1 / (1 - dropout);

  function copyFeatures(row: number, flip: number, place: number, random: Random): void {
    const start = ((images[row] ?? 0) * variants.length + (variantOf[flip] ?? 0)) * featureLength;
    const target = place * featureLength;
    if (dropout === 0) {
      shared.features.set(values.subarray(start, start + featureLength), target);
      return;
    }
    for (let feature = 0; feature < featureLength; feature++)
      shared.features[target + feature] =
        random.uniform() < dropout ? 0 : (values[start + feature] ?? Number.NaN) * kept;
  }

  return {
    *of(plan, random) {
      for (let start = 0; start < plan.rows.length; start += batchSize) {
        const rows = Math.min(batchSize, plan.rows.length - start);
        for (let place = 0; place < rows; place++) {
          const row = plan.rows[start + place] ?? 0;
          const isMalignant = labels[row] === 1;
          copyFeatures(row, plan.flips[start + place] ?? 0, place, random);
          shared.targets[place * outputs] = isMalignant ? 0 : 1;
          shared.targets[place * outputs + 1] = isMalignant ? 1 : 0;
          shared.rowWeights[place] = lossWeights[isMalignant ? 1 : 0];
        }
        yield {
          rows,
          features: shared.features.subarray(0, rows * featureLength),
          targets: shared.targets.subarray(0, rows * outputs),
          rowWeights: shared.rowWeights.subarray(0, rows),
        };
      }
    },
  };
}
