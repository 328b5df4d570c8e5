import { type Signature, tensorFacts } from "../../graph/encode-graph.ts";
import { attribute, type GraphBuilder } from "../../graph/graph-builder.ts";
import type { TensorFacts } from "../../graph/saved-model-messages.ts";
import { createGraphInputs } from "./graph-inputs.ts";
import { assign, type Variable } from "./variables.ts";

const floats = { T: attribute.type("float32") };

/**
 * The signature that sets variables from inputs of their names.
 *
 * Inputs are copied: a variable that took one over would give the caller's array back from a thread of TensorFlow's, and
 * there tfjs-node 4.22 calls V8, which breaks the heap.
 */
export function writeRestore(graph: GraphBuilder, variables: readonly Variable[]): Signature {
  const inputs = createGraphInputs(graph, "restore");
  const done = variables.map((variable) => {
    const given = inputs.declare(variable.name, variable.shape);
    const copy = graph.node("DeepCopy", [given], floats, `copied/${variable.name}`);
    return assign(graph, "AssignVariableOp", variable, copy, { name: `restored/${variable.name}` });
  });
  const nothing = graph.floats("restore/nothing", [], Float32Array.of(0));
  return { inputs: inputs.facts, outputs: { done: writeAfter(graph, nothing, done, "restore/done") } };
}

/** A scalar that is there when other nodes have run. */
export function writeAfter(graph: GraphBuilder, scalar: string, nodes: readonly string[], name: string): TensorFacts {
  const inputs = [scalar, ...nodes.map((node) => `^${node}`)];
  return tensorFacts(graph.node("Identity", inputs, floats, name), "float32", []);
}
