import type { Layer } from "../architectures/layers.ts";
import { parametersOfLayer } from "../architectures/parameters.ts";
import { foldBatchNorm } from "./fold-batch-norm.ts";
import { parameterOf } from "../parameter-of.ts";
import type { StateDict, Tensor } from "../state-dict.ts";

/**
 * What layers that do not move hold, in the graph's layout: each convolution's `weight` and `bias` with its batch normalisation
 * multiplied in, dense layers' as they are.
 *
 * @throws ModelsError WEIGHTS_MISMATCH
 */
export function foldedTensors(layers: readonly Layer[], weights: StateDict): StateDict {
  return new Map(layers.flatMap((layer) => tensorsOf(layer, weights)));
}

function tensorsOf(layer: Layer, weights: StateDict): [name: string, tensor: Tensor][] {
  if (layer.kind === "convolution") {
    const { shape, filter, bias } = foldBatchNorm(layer, weights);
    return [
      [`${layer.name}.weight`, { shape, data: filter }],
      [`${layer.name}.bias`, { shape: [layer.outputChannels], data: bias }],
    ];
  }
  return parametersOfLayer(layer).map(({ name, shape }) => [name, { shape, data: parameterOf(weights, name, shape) }]);
}
