import type { Random } from "@mammoflow/runtime";
import type { Backbone } from "../backbones.ts";
import { parameterOf } from "../parameter-of.ts";
import type { StateDict } from "../state-dict.ts";

/** The layer from features to the logits of benign and malignant, or of malignant alone, in PyTorch's layout. */
export interface Classifier {
  outputs: 1 | 2;
  /** [output, feature] */
  weight: Float32Array;
  /** [output] */
  bias: Float32Array;
}

/** @throws ModelsError WEIGHTS_MISMATCH when the tensors hold none of these outputs */
export function classifierOf(tensors: StateDict, { architecture }: Backbone, outputs: 1 | 2): Classifier {
  const { logitsLayer, featureLength } = architecture;
  return {
    outputs,
    weight: parameterOf(tensors, `${logitsLayer}.weight`, [outputs, featureLength]),
    bias: parameterOf(tensors, `${logitsLayer}.bias`, [outputs]),
  };
}

/** A classifier that has learnt nothing, as PyTorch's nn.Linear begins: uniform in +-1/sqrt(featureLength). */
export function randomClassifier(featureLength: number, outputs: 1 | 2, random: Random): Classifier {
  const bound = 1 / Math.sqrt(featureLength);
  const draw = (): number => (2 * random.uniform() - 1) * bound;
  return {
    outputs,
    weight: Float32Array.from({ length: outputs * featureLength }, draw),
    bias: Float32Array.from({ length: outputs }, draw),
  };
}
