import { attribute, type GraphBuilder } from "../../graph/graph-builder.ts";
import type { OptimizerName } from "../training-settings.ts";
import { assign, declareTorchVariable, readVariable, type TorchVariable } from "./variables.ts";

/** The numbers that change from step to step and are fed: nodes of scalars. */
export const stepNumberNames = ["rate", "epsilon", "decay", "averaging"] as const;
export type StepNumbers = Record<(typeof stepNumberNames)[number], number>;

export interface OptimizerOptions {
  optimizer: OptimizerName;
  weightDecay: number;
  /** Whether a moving average of the weights is kept. */
  keepsAverage: boolean;
}

const [epsilon, momentum] = [1e-8, 0.9];
/** As the graph has them: 1 - .999 in float32 is a hundred-thousandth less, which the correction for Adam's start must share. */
const [beta1, beta2] = [Math.fround(0.9), Math.fround(0.999)];
const floats = { T: attribute.type("float32") };

/**
 * The numbers of one step. Adam's corrections for its start are in them: TensorFlow divides by sqrt(v) + e and PyTorch by
 * sqrt(v / (1 - beta2^t)) + e, which is the same with e and the rate multiplied by sqrt(1 - beta2^t).
 *
 * @param step 1 for the first
 */
export function stepNumbers(
  { optimizer, weightDecay, emaDecay }: { optimizer: OptimizerName; weightDecay: number; emaDecay: number },
  step: number,
  learningRate: number,
): StepNumbers {
  const correction = optimizer === "sgd" ? 1 : Math.sqrt(1 - beta2 ** step);
  return {
    rate: optimizer === "sgd" ? learningRate : (learningRate * correction) / (1 - beta1 ** step),
    epsilon: epsilon * correction,
    decay: learningRate * weightDecay,
    averaging: step === 1 ? 1 : 1 - emaDecay, // the average begins at the weights of the first step, as torch's AveragedModel
  };
}

/** What an optimizer keeps for a parameter, under PyTorch's names. */
const memoryNames: Record<OptimizerName, readonly string[]> = {
  adam: ["exp_avg", "exp_avg_sq"],
  adamw: ["exp_avg", "exp_avg_sq"],
  sgd: ["momentum_buffer"],
};

/** Prefix of the moving averages of the weights among the variables. */
export const averagePrefix = "ema.";

export interface Optimizer {
  /** Its variables, zero before the first step; averages start wherever. */
  variables: TorchVariable[];
  /** Writes the step of one parameter; returns nodes that are done when it is. */
  writeStep(parameter: TorchVariable, gradient: string): string[];
}

/**
 * Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019: decay taken off the weights, before the step) or SGD with
 * momentum .9, as PyTorch's, by TensorFlow's fused updates.
 *
 * @param numbers nodes of the step's numbers
 */
export function createOptimizer(
  graph: GraphBuilder,
  parameters: readonly TorchVariable[],
  { optimizer, weightDecay, keepsAverage }: OptimizerOptions,
  numbers: Record<keyof StepNumbers, string>,
): Optimizer {
  const kinds = [...memoryNames[optimizer].map((kind) => `${kind}.`), ...(keepsAverage ? [averagePrefix] : [])];
  const variables = new Map(
    kinds.flatMap((kind) =>
      parameters.map(({ name, layout }) => [kind + name, declareTorchVariable(graph, kind + name, layout)]),
    ),
  );
  const constant = (name: string, value: number): string =>
    graph.floats(`optimizer/${name}`, [], Float32Array.of(value));
  const none = constant("none", 0);
  const [b1, b2, friction] = [constant("beta1", beta1), constant("beta2", beta2), constant("momentum", momentum)];
  const shrink = constant("weight-decay", weightDecay);

  /** AdamW decays the weights themselves, the others the gradient. */
  function writeDecay(parameter: TorchVariable, gradient: string, name: string): { gradient: string; after: string[] } {
    if (weightDecay === 0) return { gradient, after: [] };
    if (optimizer === "adamw") {
      const loss = graph.node("Mul", [parameter.value, numbers.decay], floats, `${name}/decay`);
      return { gradient, after: [assign(graph, "AssignSubVariableOp", parameter, loss, { name: `${name}/decayed` })] };
    }
    const pull = graph.node("Mul", [parameter.value, shrink], floats, `${name}/pull`);
    return { gradient: graph.node("AddV2", [gradient, pull], floats, `${name}/gradient`), after: [] };
  }

  return {
    variables: [...variables.values()],
    writeStep(parameter, rawGradient) {
      const name = `optimizer/${parameter.name}`;
      const { gradient, after } = writeDecay(parameter, rawGradient, name);
      const [first = "", second = ""] = memoryNames[optimizer].map(
        (kind) => variables.get(`${kind}.${parameter.name}`)?.handle,
      );
      const sgd = [parameter.handle, first, numbers.rate, gradient, friction];
      const adam = [parameter.handle, first, second, none, none, numbers.rate, b1, b2, numbers.epsilon, gradient];
      const inputs = optimizer === "sgd" ? sgd : adam;
      const op = optimizer === "sgd" ? "ResourceApplyMomentum" : "ResourceApplyAdam";
      const step = graph.node(op, [...inputs, ...after.map((node) => `^${node}`)], floats, `${name}/step`);
      const average = variables.get(averagePrefix + parameter.name);
      if (average === undefined) return [step];
      const moved = readVariable(graph, parameter.handle, [step], `${name}/moved`);
      const distance = graph.node("Sub", [average.value, moved], floats, `${name}/distance`);
      const change = graph.node("Mul", [distance, numbers.averaging], floats, `${name}/change`);
      return [assign(graph, "AssignSubVariableOp", average, change, { name: `${name}/averaged` })];
    },
  };
}
