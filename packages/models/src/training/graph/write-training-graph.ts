import type { Convolution, Dense } from "../../architectures/layers.ts";
import { parametersOfLayer } from "../../architectures/parameters.ts";
import type { InputNormalisation } from "../../backbones.ts";
import { encodeGraph, tensorFacts } from "../../graph/encode-graph.ts";
import { attribute, createGraphBuilder, type GraphBuilder } from "../../graph/graph-builder.ts";
import type { TensorFacts } from "../../graph/saved-model-messages.ts";
import type { PartLayers } from "../part-layers.ts";
import { createGraphInputs } from "./graph-inputs.ts";
import { createTape } from "../../graph/tape.ts";
import { writeImages } from "./write-images.ts";
import { assign, declareTorchVariable, type TorchVariable } from "./variables.ts";
import { writeAfter, writeRestore } from "./write-restore.ts";
import { writeLayers } from "../../graph/write-layers.ts";
import { type LossOptions, writeLoss } from "./write-loss.ts";
import { createOptimizer, type Optimizer, type OptimizerOptions, stepNumberNames } from "./write-optimizer.ts";

export interface TrainingGraphOptions {
  part: PartLayers;
  /** What one example is: [feature], [height, width, channel] or, of grey images, [height, width]. */
  exampleShape: readonly number[];
  /** What images are normalised by. */
  normalisation: InputNormalisation;
  outputs: number;
  /** Whether trained batch normalisation divides by the batch's statistics. */
  usesBatchStatistics: boolean;
  loss: LossOptions;
  optimizer: OptimizerOptions;
  /** True where a step is made from several batches' gradients. */
  accumulates: boolean;
  /** Dense layers whose inputs are multiplied by dropout's factors. */
  dropoutLayers: readonly Dense[];
}

export const trainingSignatures = ["restore", "state", "learn", "apply"] as const;

export interface TrainingGraph {
  bytes: Uint8Array;
  /** Variables of the trained layers and of the optimizer, which a checkpoint holds. */
  state: TorchVariable[];
  /** Variables that are set once: the frozen layers' and, at zero, the sums of gradients. */
  constants: TorchVariable[];
}

/** The input that takes dropout's factors of a layer. */
export const dropoutInput = (layer: string): string => `dropout/${layer}`;

/**
 * A graph that trains: its weights are variables, which all of its runs share.
 *
 * `restore` sets variables, `state` gives them. `learn` takes `examples`, `targets` [row, output], `rowWeights` [row, 1] and
 * dropout's factors and gives the `loss` before anything moves: it makes a step by the numbers of `StepNumbers`, or, where
 * gradients accumulate, adds its own to their sums, from which `apply` makes the step.
 */
export function writeTrainingGraph(options: TrainingGraphOptions): TrainingGraph {
  const { part, exampleShape, outputs, dropoutLayers } = options;
  const graph = createGraphBuilder();
  const tape = createTape(graph);
  const { parameters, frozen } = declareParameters(graph, part);
  for (const { name, value } of parameters) if (!isStatistic(name)) tape.watch(value);
  const valueOf = new Map([...parameters, ...frozen].map(({ name, value }) => [name, value]));

  const inputs = createGraphInputs(graph, "learn");
  const examples = inputs.declare("examples", [-1, ...exampleShape]);
  const given =
    part.input === "input"
      ? writeImages(graph, examples, exampleShape, options.normalisation)
      : { name: part.input, node: examples, shape: exampleShape };
  const done: string[] = [];
  const { output: logits } = writeLayers(tape, part.layers, given, {
    isTrained: (layer) => part.trained.has(layer),
    valueOf: (name) => valueOf.get(name) ?? name,
    usesBatchStatistics: options.usesBatchStatistics,
    onStatistics: (norm, { mean, variance }) =>
      done.push(...keepStatistics(graph, parameters, norm, { mean, variance })),
    dropoutOf: (layer) =>
      dropoutLayers.some(({ name }) => name === layer.name)
        ? inputs.declare(dropoutInput(layer.name), [-1, layer.inputLength])
        : undefined,
  });
  const targets = inputs.declare("targets", [-1, outputs]);
  const rowWeights = inputs.declare("rowWeights", [-1, 1]);
  const { loss, logitsGradient } = writeLoss(graph, { logits, targets, rowWeights }, options.loss);
  const gradients = tape.gradients(logits, logitsGradient);

  const moving = parameters.flatMap((parameter) => {
    const gradient = gradients.get(parameter.value);
    return gradient === undefined ? [] : [{ parameter, gradient }];
  });
  const stepInputs = options.accumulates ? createGraphInputs(graph, "apply") : inputs;
  const numbers = Object.fromEntries(stepNumberNames.map((name) => [name, stepInputs.declare(name, [])])) as Record<
    (typeof stepNumberNames)[number],
    string
  >;
  const optimizer = createOptimizer(
    graph,
    moving.map(({ parameter }) => parameter),
    options.optimizer,
    numbers,
  );
  const applied = options.accumulates ? writeAccumulation(graph, moving, optimizer) : undefined;
  done.push(...(applied?.added ?? moving.flatMap((each) => optimizer.writeStep(each.parameter, each.gradient))));

  const state = [...parameters, ...optimizer.variables];
  const constants = [...frozen, ...(applied?.sums ?? [])];
  const bytes = encodeGraph(graph.nodes, {
    restore: writeRestore(graph, [...state, ...constants]),
    state: { inputs: {}, outputs: factsOf(state) },
    learn: { inputs: inputs.facts, outputs: { loss: writeAfter(graph, loss, done, "learn/done") } },
    ...(applied && {
      apply: {
        inputs: stepInputs.facts,
        outputs: { done: writeAfter(graph, numbers.rate, applied.done, "apply/done") },
      },
    }),
  });
  return { bytes, state, constants };
}

const isStatistic = (parameter: string): boolean => /\.running_(mean|var)$/.test(parameter);

/** The variables of the trained layers and, with batch normalisation folded in, of the frozen ones. */
function declareParameters(
  graph: GraphBuilder,
  part: PartLayers,
): { parameters: TorchVariable[]; frozen: TorchVariable[] } {
  const parameters: TorchVariable[] = [];
  const frozen: TorchVariable[] = [];
  for (const layer of part.layers) {
    if (layer.kind !== "convolution" && layer.kind !== "dense") continue;
    const isTrained = part.trained.has(layer.name);
    const isDepthwise = layer.kind === "convolution" && layer.isDepthwise;
    const held = isTrained || layer.kind === "dense" ? layer : folded(layer);
    for (const { name, shape } of parametersOfLayer(held))
      (isTrained ? parameters : frozen).push(declareTorchVariable(graph, name, { shape, isDepthwise }));
  }
  return { parameters, frozen };
}

/** A convolution with its batch normalisation multiplied in. */
function folded({ norm: _, ...layer }: Convolution): Convolution {
  return { ...layer, hasBias: true };
}

const floats = { T: attribute.type("float32") };

/** Stores a batch normalisation's running statistics; returns the nodes that do. */
function keepStatistics(
  graph: GraphBuilder,
  parameters: readonly TorchVariable[],
  norm: string,
  moved: { mean: string; variance: string },
): string[] {
  const values = new Map([
    [`${norm}.running_mean`, moved.mean],
    [`${norm}.running_var`, moved.variance],
  ]);
  return parameters.flatMap((variable) => {
    const value = values.get(variable.name);
    return value === undefined
      ? []
      : [assign(graph, "AssignVariableOp", variable, value, { name: `moved/${variable.name}` })];
  });
}

/** Sums of gradients, and the step that is made from them and sets them to zero. */
function writeAccumulation(
  graph: GraphBuilder,
  moving: readonly { parameter: TorchVariable; gradient: string }[],
  optimizer: Optimizer,
): { sums: TorchVariable[]; added: string[]; done: string[] } {
  const parts = moving.map(({ parameter, gradient }) => {
    const sum = declareTorchVariable(graph, `gradient.${parameter.name}`, parameter.layout);
    const added = assign(graph, "AssignAddVariableOp", sum, gradient, { name: `added/${parameter.name}` });
    const steps = optimizer.writeStep(parameter, sum.value);
    const zeros = graph.node("ZerosLike", [sum.value], floats, `zeros/${parameter.name}`);
    const emptied = assign(graph, "AssignVariableOp", sum, zeros, { after: steps, name: `emptied/${parameter.name}` });
    return { sum, added, emptied };
  });
  return {
    sums: parts.map(({ sum }) => sum),
    added: parts.map(({ added }) => added),
    done: parts.map(({ emptied }) => emptied),
  };
}

const factsOf = (variables: readonly TorchVariable[]): Record<string, TensorFacts> =>
  Object.fromEntries(variables.map(({ name, value, shape }) => [name, tensorFacts(value, "float32", shape)]));
