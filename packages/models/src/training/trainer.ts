import type { Dense } from "../architectures/layers.ts";
import type { Backbone } from "../backbones.ts";
import { type FedTensor, loadGraph } from "../graph/load-graph.ts";
import { parameterOf } from "../parameter-of.ts";
import { elementCount, type StateDict, type Tensor } from "../state-dict.ts";
import type { Batch } from "./batches.ts";
import { foldedTensors } from "../graph/folded-tensors.ts";
import { fromGraph, toGraph } from "./graph/tensor-layout.ts";
import type { TorchVariable } from "./graph/variables.ts";
import type { LossOptions } from "./graph/write-loss.ts";
import { type StepNumbers, stepNumbers } from "./graph/write-optimizer.ts";
import { dropoutInput, trainingSignatures, writeTrainingGraph } from "./graph/write-training-graph.ts";
import type { PartLayers } from "./part-layers.ts";
import type { TrainingSettings } from "./training-settings.ts";

/** Where a training stands between two steps. */
export interface TrainerState {
  /** Steps made. */
  step: number;
  /** Parameters, running statistics, the optimizer's memory and averages, under PyTorch's names and in its layouts. */
  tensors: StateDict;
}

export interface Trainer {
  /** Learns from a batch, with a step where it ends one; returns the sum of its rows' losses, each by its weight. */
  learn(batch: Batch, learningRate: number): number;
  state(): TrainerState;
  close(): void;
}

export interface TrainerOptions {
  backbone: Backbone;
  part: PartLayers;
  exampleShape: readonly number[];
  settings: TrainingSettings;
  loss: LossOptions;
  /** Dense layers whose inputs dropout thins; their factors come with each batch. */
  dropoutLayers: readonly Dense[];
  /** Of the frozen layers. */
  weights: StateDict;
  /** What the state lacks begins at zero. */
  start: TrainerState;
}

/**
 * A part of a network under training, in a TensorFlow session that keeps its weights.
 *
 * @throws ModelsError WEIGHTS_MISMATCH when tensors are missing or of other shapes
 */
export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { backbone, part, exampleShape, settings, loss, dropoutLayers, weights, start } = options;
  const { optimizer, weightDecay, emaDecay, accumulateBatches } = settings;
  const accumulates = accumulateBatches > 1;
  const graph = writeTrainingGraph({
    part,
    exampleShape,
    normalisation: backbone.input,
    outputs: settings.outputs,
    usesBatchStatistics: settings.batchNormStatistics === "batch",
    loss,
    optimizer: { optimizer, weightDecay, keepsAverage: emaDecay > 0 },
    accumulates,
    dropoutLayers,
  });
  const frozen = foldedTensors(
    part.layers.filter(({ name }) => !part.trained.has(name)),
    weights,
  );
  const variables = [...graph.state, ...graph.constants];
  const beginnings = variables.map((variable) => [variable.name, feed(variable, start.tensors, frozen)] as const);
  const signatures = trainingSignatures.filter((signature) => signature !== "apply" || accumulates);
  const session = await loadGraph(graph.bytes, signatures);
  session.run("restore", Object.fromEntries(beginnings));
  let steps = start.step;

  return {
    learn(batch, learningRate) {
      const inputs = feedBatch(batch, exampleShape);
      const numbers = feedNumbers(stepNumbers({ optimizer, weightDecay, emaDecay }, steps + 1, learningRate));
      const { loss: sum } = session.run("learn", accumulates ? inputs : { ...inputs, ...numbers });
      if (accumulates && batch.endsStep) session.run("apply", numbers);
      if (batch.endsStep) steps += 1;
      return sum?.[0] ?? Number.NaN;
    },
    state() {
      const values = session.run("state", {});
      const tensors = graph.state.map(({ name, layout }): [string, Tensor] => [
        name,
        { shape: [...layout.shape], data: fromGraph(values[name] ?? new Float32Array(), layout) },
      ]);
      return { step: steps, tensors: new Map(tensors) };
    },
    close: () => session.close(),
  };
}

/** The value that a variable begins with. */
function feed({ name, layout, shape }: TorchVariable, start: StateDict, frozen: StateDict): FedTensor {
  const given = frozen.get(name);
  if (given !== undefined) return given;
  if (!start.has(name)) return { shape, data: new Float32Array(elementCount(shape)) };
  return { shape, data: toGraph(parameterOf(start, name, layout.shape), layout) };
}

function feedBatch(batch: Batch, exampleShape: readonly number[]): Record<string, FedTensor> {
  const { rows, examples, targets, rowWeights, dropout } = batch;
  const factors = [...dropout].map(([layer, data]) => [
    dropoutInput(layer),
    { shape: [rows, data.length / rows], data },
  ]);
  return {
    examples: { shape: [rows, ...exampleShape], data: examples },
    targets: { shape: [rows, targets.length / rows], data: targets },
    rowWeights: { shape: [rows, 1], data: rowWeights },
    ...Object.fromEntries(factors),
  };
}

const feedNumbers = (numbers: StepNumbers): Record<string, FedTensor> =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, { shape: [], data: Float32Array.of(value) }]),
  );
