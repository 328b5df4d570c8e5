import type { Random } from "@mammoflow/runtime";
import { parametersOfLayer } from "../architectures/parameters.ts";
import { parameterOf } from "../parameter-of.ts";
import { elementCount, type StateDict, type Tensor } from "../state-dict.ts";
import type { PartLayers } from "./part-layers.ts";

/** Names of what is trained, running statistics among them, in the order of computing. */
export function trainedNames({ layers, trained }: PartLayers): string[] {
  return layers
    .filter(({ name }) => trained.has(name))
    .flatMap((layer) => parametersOfLayer(layer).map(({ name }) => name));
}

/**
 * What a training begins with: the backbone's weights, and a classifier as PyTorch's nn.Linear begins, uniform in
 * +-1/sqrt(features), weights first, then the bias.
 *
 * @throws ModelsError WEIGHTS_MISMATCH
 */
export function initialTensors(
  { layers, trained, logitsLayer }: PartLayers,
  weights: StateDict,
  random: Random,
): StateDict {
  return new Map(
    layers
      .filter(({ name }) => trained.has(name))
      .flatMap((layer) =>
        parametersOfLayer(layer).map(({ name, shape, fanIn }): [string, Tensor] => [
          name,
          {
            shape,
            data:
              layer.name === logitsLayer
                ? uniform(elementCount(shape), fanIn, random)
                : parameterOf(weights, name, shape),
          },
        ]),
      ),
  );
}

function uniform(length: number, fanIn: number, random: Random): Float32Array {
  const bound = 1 / Math.sqrt(fanIn);
  return Float32Array.from({ length }, () => (2 * random.uniform() - 1) * bound);
}
