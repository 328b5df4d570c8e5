import type { Layer } from "../architectures/layers.ts";
import type { StateDict } from "../state-dict.ts";
import { foldedTensors } from "./folded-tensors.ts";
import type { GraphBuilder, Precision } from "./graph-builder.ts";
import type { LayerTensors } from "./write-layers.ts";

/**
 * What layers that do not move hold, as constants of the graph, or fed to it where they are large.
 *
 * @throws ModelsError WEIGHTS_MISMATCH when tensors are missing or of other shapes
 */
export function frozenTensors(
  graph: GraphBuilder,
  layers: readonly Layer[],
  weights: StateDict,
  precision: Precision = "float32",
): LayerTensors {
  const nodes = new Map(
    [...foldedTensors(layers, weights)].map(([name, { shape, data }]) => [
      name,
      graph.floats(`constant/${name}`, shape, data, precision),
    ]),
  );
  return constantTensors((name) => nodes.get(name) ?? name);
}

/** The tensors of layers none of which moves. */
export function constantTensors(valueOf: LayerTensors["valueOf"]): LayerTensors {
  return {
    isTrained: () => false,
    valueOf,
    usesBatchStatistics: false,
    onStatistics: () => {},
    dropoutOf: () => undefined,
  };
}
