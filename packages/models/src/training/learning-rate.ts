import type { TrainingSettings } from "./training-settings.ts";

/** Share of the learning rate that the warm-up begins at. */
const warmupStart = 0.01;

/**
 * The learning rate of a step: PyTorch's LinearLR up to the end of the warm-up, then as it is or by CosineAnnealingLR down to 0
 * where the training ends (SequentialLR of both, stepped after every step of the optimizer).
 *
 * @param progress epochs before the step, with the share of its own that is over: 0 for the first step
 */
export function learningRateAt(
  { learningRate, schedule, warmupEpochs, epochs }: TrainingSettings,
  progress: number,
): number {
  if (progress < warmupEpochs) return learningRate * (warmupStart + ((1 - warmupStart) * progress) / warmupEpochs);
  if (schedule === "constant") return learningRate;
  return (learningRate * (1 + Math.cos((Math.PI * (progress - warmupEpochs)) / (epochs - warmupEpochs)))) / 2;
}
