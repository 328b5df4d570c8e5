import { attribute, createGraphBuilder, shapeMessage } from "../graph/graph-builder.ts";
import { decodeSavedModel, dtypes, type NodeMessage, type SavedModelMessage } from "../graph/saved-model-messages.ts";
import { writeSavedModel } from "../graph/write-saved-model.ts";
import { ModelsError } from "../models-error.ts";
import type { TrainedNetwork } from "./trained-network.ts";

/**
 * A trained network as a TensorFlow graph that others can use as it is.
 *
 * Signature `serving_default`: `images`, grey values uint8 [n, size, size] as a recipe prepares them, to `logits` float32
 * [n, outputs] and `probability` float32 [n] of being malignant.
 *
 * @throws ModelsError WEIGHTS_MISMATCH when tensors do not fit the architecture
 */
export function classifierGraph({ backbone, stateDict, outputs }: TrainedNetwork, sizePx: number): SavedModelMessage {
  const message = decodeSavedModel(
    writeSavedModel({ backbone, stateDict, sizePx, variants: ["none"], outputs: ["logits"] }).bytes,
  );
  const [metaGraph] = message.metaGraphs;
  const signature = metaGraph?.signatureDef["serving_default"];
  const network = signature?.outputs["logits"];
  if (metaGraph === undefined || signature === undefined || network === undefined)
    throw new ModelsError({
      code: "EXPORT_MISFIT",
      message: `The graph of ${backbone.title} has no logits to export.`,
    });

  const graph = createGraphBuilder();
  const floats = { T: attribute.type("float32") };
  const reshaped = (input: string, shape: number[], name: string): string =>
    graph.node(
      "Reshape",
      [input, graph.integers(`${name}/shape`, [shape.length], shape)],
      { ...floats, Tshape: attribute.type("int32") },
      name,
    );
  const logits = reshaped(network.name.replace(/:0$/, ""), [-1, outputs], "classifier/logits");
  // Of two outputs half their difference is the log-odds, as `predictHead` explains.
  const mixing = graph.floats("classifier/mixing", [outputs, 1], Float32Array.from(outputs === 2 ? [-0.5, 0.5] : [1]));
  const product = { ...floats, transpose_a: attribute.boolean(false), transpose_b: attribute.boolean(false) };
  const logOdds = graph.node("MatMul", [logits, mixing], product, "classifier/log-odds");
  const sigmoid = graph.node("Sigmoid", [logOdds], floats, "classifier/sigmoid");
  const probability = reshaped(sigmoid, [-1], "classifier/probability");

  const { graphDef } = metaGraph;
  const node = needed([...graphDef.node, ...graph.nodes], [logits, probability]);
  const output = (name: string, shape: number[]) => ({
    name: `${name}:0`,
    dtype: dtypes.float32,
    tensorShape: shapeMessage(shape),
  });
  const outputsBySignature = { logits: output(logits, [-1, outputs]), probability: output(probability, [-1]) };
  return {
    ...message,
    metaGraphs: [
      {
        ...metaGraph,
        graphDef: { ...graphDef, node },
        signatureDef: { serving_default: { ...signature, outputs: outputsBySignature } },
      },
    ],
  };
}

/** The nodes on which the outputs depend, in their order. */
function needed(nodes: readonly NodeMessage[], outputs: readonly string[]): NodeMessage[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const kept = new Set<string>();
  const waiting = [...outputs];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    waiting.push(...(byName.get(name)?.input ?? []));
  }
  return nodes.filter(({ name }) => kept.has(name));
}
