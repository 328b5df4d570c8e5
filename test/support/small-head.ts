import { backbones, type StateDict, type TrainingSettings, trainingSettingsSchema } from "@mammoflow/models";
import type { Batch } from "../../packages/models/src/training/batches.ts";
import type { PartLayers } from "../../packages/models/src/training/part-layers.ts";
import { createTrainer, type Trainer } from "../../packages/models/src/training/trainer.ts";

/** A linear layer of a few features and two outputs, as a trained part. */
export function headLayers(featureLength: number): PartLayers {
  const shape = { inputLength: featureLength, outputLength: 2, activation: "none" as const };
  return {
    input: "features",
    layers: [{ kind: "dense", name: "head", input: "features", ...shape }],
    trained: new Set(["head"]),
    logitsLayer: "head",
  };
}

export const headTensors = (weight: number[], bias: number[]): StateDict =>
  new Map([
    ["head.weight", { shape: [2, weight.length / 2], data: Float32Array.from(weight) }],
    ["head.bias", { shape: [2], data: Float32Array.from(bias) }],
  ]);

export function createHeadTrainer(tensors: StateDict, settings: Partial<TrainingSettings>): Promise<Trainer> {
  const featureLength = tensors.get("head.weight")!.shape[1]!;
  return createTrainer({
    backbone: backbones.resnet18,
    part: headLayers(featureLength),
    exampleShape: [featureLength],
    settings: trainingSettingsSchema.parse(settings),
    loss: { logitAdjustment: [0, 0], focalGamma: null },
    dropoutLayers: [],
    weights: new Map(),
    start: { step: 0, tensors },
  });
}

/** @param rowWeights what a row counts in a mean over the rows of its step */
export function headBatch(
  features: number[],
  targets: number[],
  {
    rowWeights,
    stepRows = targets.length / 2,
    endsStep = true,
  }: { rowWeights?: number[]; stepRows?: number; endsStep?: boolean } = {},
): Batch {
  const rows = targets.length / 2;
  return {
    rows,
    stepRows,
    endsStep,
    examples: Float32Array.from(features),
    targets: Float32Array.from(targets),
    rowWeights: Float32Array.from({ length: rows }, (_, row) => (rowWeights?.[row] ?? 1) / (2 * stepRows)),
    dropout: new Map(),
  };
}
