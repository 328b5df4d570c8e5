import type { Features } from "../features.ts";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.ts";
import { ModelsError } from "../models-error.ts";
import type { StateDict } from "../state-dict.ts";
import type { Random } from "@mammoflow/runtime";

/** A linear layer from features to two outputs, benign and malignant, in PyTorch's layout. */
export interface Head {
  featureLength: number;
  /** [output, feature] */
  weight: Float32Array;
  /** [output] */
  bias: Float32Array;
}

/** How many outputs a head has: benign, malignant. */
export const outputs = 2;

/** Weights as PyTorch's nn.Linear begins: uniform in +-1/sqrt(featureLength), weights first, then the bias. */
export function initialHead(featureLength: number, random: Random): Head {
  const bound = 1 / Math.sqrt(featureLength);
  const draw = (): number => (2 * random.uniform() - 1) * bound;
  return {
    featureLength,
    weight: Float32Array.from({ length: outputs * featureLength }, draw),
    bias: Float32Array.from({ length: outputs }, draw),
  };
}

/** A head's tensors under PyTorch's names. */
export function headTensors({ featureLength, weight, bias }: Head): StateDict {
  return new Map([
    ["weight", { shape: [outputs, featureLength], data: weight }],
    ["bias", { shape: [outputs], data: bias }],
  ]);
}

/** A head as safetensors: `weight` [2, featureLength] and `bias` [2], so that `torch.nn.Linear` loads it as it is. */
export function writeHead(head: Head, metadata: Record<string, string>): Uint8Array {
  return writeSafetensors(headTensors(head), {
    format: "pt",
    kind: "linear-head",
    outputs: "benign,malignant",
    ...metadata,
  });
}

/**
 * Reads a head from its own file or from a training checkpoint.
 *
 * @throws ModelsError (`HEAD_INVALID`) when the tensors of a head are not there
 */
export function readHead(bytes: Uint8Array, source = "the head's file"): Head {
  return headOf(readSafetensors(bytes, source).tensors, source);
}

/** The head among tensors; throws as `readHead` does. */
export function headOf(tensors: StateDict, source: string): Head {
  const weight = tensors.get("weight");
  const bias = tensors.get("bias");
  const featureLength = weight?.shape[1];
  if (!weight || !bias || featureLength === undefined || weight.shape[0] !== outputs || bias.data.length !== outputs)
    throw new ModelsError({
      code: "HEAD_INVALID",
      message: `${source} holds no head with two outputs (weight [2, n] and bias [2]): give a head or a checkpoint of this project, or train again.`,
    });
  return { featureLength, weight: weight.data, bias: bias.data };
}

/**
 * Logits of unflipped images.
 *
 * @param images which images of the features, all unless told
 * @returns [image, output], sums carried in double precision
 * @throws ModelsError (`FEATURES_INVALID`) when the features are of another length or lack the unflipped variant
 */
export function headLogits(head: Head, features: Features, images?: Int32Array): Float64Array {
  const { featureLength, variants, values, imageIds } = features;
  const unflipped = variants.indexOf("none");
  if (featureLength !== head.featureLength || unflipped < 0)
    throw new ModelsError({
      code: "FEATURES_INVALID",
      message: `The head takes ${head.featureLength} features of unflipped images, and there are ${featureLength} of the variants ${variants.join(", ")}: extract the features with the backbone that the head was trained on.`,
    });
  const chosen = images ?? Int32Array.from(imageIds, (_, image) => image);
  const logits = new Float64Array(chosen.length * outputs);
  chosen.forEach((image, index) => {
    const start = (image * variants.length + unflipped) * featureLength;
    for (let output = 0; output < outputs; output++) {
      let sum = head.bias[output] ?? Number.NaN;
      const row = output * featureLength;
      for (let feature = 0; feature < featureLength; feature++)
        sum += (values[start + feature] ?? Number.NaN) * (head.weight[row + feature] ?? Number.NaN);
      logits[index * outputs + output] = sum;
    }
  });
  return logits;
}

/**
 * Probability of being malignant, of each image of the features.
 *
 * The loss trains each output as a classifier of its own, so that at its optimum the outputs are logit(1 - p) and
 * logit(p). The probability is therefore the sigmoid of half their difference, which is p there; a softmax would be the
 * sigmoid of the whole difference, the same order and the same decisions at .5, but too sure of itself. From .5 on means
 * that the malignant output is the larger one: the study's argmax.
 *
 * @returns [image], 0..1
 * @throws ModelsError as `headLogits`
 */
export function predictHead(head: Head, features: Features, images?: Int32Array): Float32Array {
  return malignantProbabilities(headLogits(head, features, images));
}

/** [image] probabilities from [image, output] logits, as `predictHead` explains. */
export function malignantProbabilities(logits: Float64Array): Float32Array {
  return Float32Array.from({ length: logits.length / outputs }, (_, image) => {
    const benign = logits[image * outputs] ?? Number.NaN;
    const malignant = logits[image * outputs + 1] ?? Number.NaN;
    return 1 / (1 + Math.exp((benign - malignant) / 2));
  });
}
