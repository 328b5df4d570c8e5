import type { LossOptions } from "./graph/write-loss.ts";
import { imbalanceStrategies } from "./imbalance.ts";
import type { TrainingSettings } from "./training-settings.ts";

/**
 * What a strategy makes of the loss.
 *
 * @param balance loss weights of benign and malignant rows that are inverse to their frequency
 */
export function lossOf(
  { strategy, outputs, focalGamma }: TrainingSettings,
  [benign, malignant]: readonly [benign: number, malignant: number],
): { lossWeights: [benign: number, malignant: number]; loss: LossOptions } {
  const { weightsLoss, isFocal, adjustsLogits } = imbalanceStrategies[strategy];
  const logOdds = adjustsLogits ? Math.log(benign / malignant) : 0; // of being malignant, whose weight is the inverse
  return {
    lossWeights: weightsLoss ? [benign, malignant] : [1, 1],
    loss: {
      logitAdjustment: outputs === 1 ? [logOdds] : [-logOdds, logOdds],
      focalGamma: isFocal ? focalGamma : null,
    },
  };
}
