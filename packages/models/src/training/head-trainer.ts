import type { Tensor, Tensor2D, Variable } from "@tensorflow/tfjs-node";
import type { TensorFlow } from "../load-tensorflow.ts";
import { outputs, type Head } from "./head.ts";
import { bceWithLogits } from "./losses.ts";

/** Adam's memory of one head: how many steps were made, and the moving averages of gradients and of their squares. */
export interface AdamState {
  step: number;
  firstMoments: Head;
  secondMoments: Head;
}

/** A mini-batch: features as the head sees them (dropout applied), one-hot targets, and the weight of each row. */
export interface Batch {
  rows: number;
  /** [row, feature] */
  features: Float32Array;
  /** [row, output] */
  targets: Float32Array;
  /** [row] */
  rowWeights: Float32Array;
}

export interface HeadTrainer {
  /** Makes one step of Adam and returns the loss before it. */
  step(batch: Batch): number;
  /** Copies of the head and of Adam's memory, to be saved. */
  snapshot(): { head: Head; adam: AdamState };
  close(): void;
}

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/** Adam before its first step. */
export function initialAdam(featureLength: number): AdamState {
  const zeros = (): Head => ({
    featureLength,
    weight: new Float32Array(outputs * featureLength),
    bias: new Float32Array(outputs),
  });
  return { step: 0, firstMoments: zeros(), secondMoments: zeros() };
}

/**
 * A linear head under training by Adam (Kingma and Ba 2015, in PyTorch's order of operations).
 *
 * Adam is written out, because the library's own optimizer restores its memory by position and recomputes its powers of
 * beta when restored: training would not go on with exactly the same numbers.
 */
export function createHeadTrainer(
  { head, adam, learningRate }: { head: Head; adam: AdamState; learningRate: number },
  tf: TensorFlow,
): HeadTrainer {
  const { featureLength } = head;
  const parameters = ["weight", "bias"] as const;
  const shapeOf = { weight: [outputs, featureLength], bias: [outputs] };
  const variablesOf = (values: Head): Record<(typeof parameters)[number], Variable> => {
    const variable = (name: (typeof parameters)[number]): Variable =>
      tf.tidy(() => tf.variable(tf.tensor(values[name].slice(), shapeOf[name])));
    return { weight: variable("weight"), bias: variable("bias") };
  };
  const values = variablesOf(head);
  const first = variablesOf(adam.firstMoments);
  const second = variablesOf(adam.secondMoments);
  let steps = adam.step;

  function update(name: (typeof parameters)[number], gradient: Tensor): void {
    first[name].assign(first[name].mul(beta1).add(gradient.mul(1 - beta1)));
    second[name].assign(second[name].mul(beta2).add(gradient.square().mul(1 - beta2)));
    const denominator = second[name]
      .sqrt()
      .div(Math.sqrt(1 - beta2 ** steps))
      .add(epsilon);
    values[name].assign(values[name].sub(first[name].mul(learningRate / (1 - beta1 ** steps)).div(denominator)));
  }

  return {
    step: (batch) =>
      tf.tidy(() => {
        const features = tf.tensor2d(batch.features, [batch.rows, featureLength]);
        const targets = tf.tensor2d(batch.targets, [batch.rows, outputs]);
        const rowWeights = tf.tensor1d(batch.rowWeights);
        const { value, grads } = tf.variableGrads(() => {
          // A variable's type does not carry its rank.
          const weight = values.weight as Tensor as Tensor2D;
          const logits = tf.matMul(features, weight, false, true).add<Tensor2D>(values.bias);
          return bceWithLogits(tf, logits, targets, rowWeights);
        }, [values.weight, values.bias]);
        steps += 1;
        for (const name of parameters) {
          const gradient = grads[values[name].name];
          if (gradient) update(name, gradient);
        }
        return value.dataSync()[0] ?? Number.NaN;
      }),
    snapshot: () => {
      const copy = (variables: typeof values): Head => ({
        featureLength,
        weight: Float32Array.from(variables.weight.dataSync()),
        bias: Float32Array.from(variables.bias.dataSync()),
      });
      return { head: copy(values), adam: { step: steps, firstMoments: copy(first), secondMoments: copy(second) } };
    },
    close: () => {
      for (const variables of [values, first, second]) for (const name of parameters) variables[name].dispose();
    },
  };
}
