import type { Convolution } from "../architectures/layers.ts";
import { parameterOf } from "../parameter-of.ts";
import type { StateDict } from "../state-dict.ts";

/** A convolution with its batch normalisation multiplied in: TensorFlow's layouts. */
export interface FoldedConvolution {
  /** [height, width, input, output], or [height, width, channels, 1] for a depthwise one. */
  shape: number[];
  filter: Float32Array;
  /** [output] */
  bias: Float32Array;
}

/**
 * The convolution that does what convolution and batch normalisation do one after the other, when the latter uses its running
 * statistics: filter x scale / sqrt(variance + epsilon), bias shifted accordingly. Computed in double precision.
 *
 * @throws ModelsError WEIGHTS_MISMATCH when a tensor is missing or has another shape
 */
export function foldBatchNorm(layer: Convolution, stateDict: StateDict): FoldedConvolution {
  const { name, inputChannels, outputChannels, kernelSize, isDepthwise, hasBias, norm } = layer;
  const inputs = isDepthwise ? 1 : inputChannels;
  const vector = (parameter: string): Float32Array => parameterOf(stateDict, parameter, [outputChannels]);
  const weight = parameterOf(stateDict, `${name}.weight`, [outputChannels, inputs, kernelSize, kernelSize]);
  const ones = (): Float32Array => new Float32Array(outputChannels).fill(1);
  const zeros = (): Float32Array => new Float32Array(outputChannels);
  const given = hasBias ? vector(`${name}.bias`) : zeros();
  const variance = norm ? vector(`${norm.name}.running_var`) : ones();
  const gain = norm ? vector(`${norm.name}.weight`) : ones();
  const mean = norm ? vector(`${norm.name}.running_mean`) : zeros();
  const shift = norm ? vector(`${norm.name}.bias`) : zeros();

  const filter = new Float32Array(weight.length);
  const bias = new Float32Array(outputChannels);
  const area = kernelSize * kernelSize;
  let read = 0;
  for (let output = 0; output < outputChannels; output++) {
    const scale = (gain[output] ?? 0) / Math.sqrt((variance[output] ?? 0) + (norm?.epsilon ?? 0));
    bias[output] = (shift[output] ?? 0) + ((given[output] ?? 0) - (mean[output] ?? 0)) * scale;
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < area; tap++) {
        filter[(tap * inputs + input) * outputChannels + output] = (weight[read++] ?? 0) * scale;
      }
    }
  }
  const shape = isDepthwise
    ? [kernelSize, kernelSize, outputChannels, 1]
    : [kernelSize, kernelSize, inputs, outputChannels];
  return { shape, filter, bias };
}
