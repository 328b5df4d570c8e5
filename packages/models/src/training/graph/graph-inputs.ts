import { tensorFacts } from "../../graph/encode-graph.ts";
import { attribute, type GraphBuilder } from "../../graph/graph-builder.ts";
import type { TensorFacts } from "../../graph/saved-model-messages.ts";

/** The float32 inputs of a graph, noted for its signatures. */
export interface GraphInputs {
  /** Declares an input; returns its node. -1 is a size that each run decides. */
  declare(name: string, shape: readonly number[]): string;
  /** What was declared so far. */
  readonly facts: Record<string, TensorFacts>;
}

/** @param prefix of the nodes, so that two signatures may have inputs of one name */
export function createGraphInputs(graph: GraphBuilder, prefix: string): GraphInputs {
  const facts: Record<string, TensorFacts> = {};
  return {
    facts,
    declare(name, shape) {
      const attributes = { dtype: attribute.type("float32"), shape: attribute.shape([...shape]) };
      const node = graph.node("Placeholder", [], attributes, `${prefix}/${name}`);
      facts[name] = tensorFacts(node, "float32", shape);
      return node;
    },
  };
}
