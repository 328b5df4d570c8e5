import { shapeMessage } from "./graph-builder.ts";
import { type Dtype, dtypes, encodeSavedModel, type NodeMessage, type TensorFacts } from "./saved-model-messages.ts";

/** The producer of graphs that TensorFlow 2.9 and later load; it decides which old behaviours are kept. */
const producer = 1087;

/** What one run of a graph is given and gives back: nodes by name. */
export interface Signature {
  inputs: Record<string, TensorFacts>;
  outputs: Record<string, TensorFacts>;
}

/** A tensor of a signature: the first output of a node. */
export const tensorFacts = (node: string, dtype: Dtype, shape: readonly number[]): TensorFacts => ({
  name: `${node}:0`,
  dtype: dtypes[dtype],
  tensorShape: shapeMessage(shape),
});

/** A graph as the bytes of `saved_model.pb`, which is all that a SavedModel's folder needs. */
export function encodeGraph(nodes: NodeMessage[], signatures: Record<string, Signature>): Uint8Array {
  const methodName = "tensorflow/serving/predict";
  const named = Object.entries(signatures).map(([name, signature]) => [name, { ...signature, methodName }] as const);
  return encodeSavedModel({
    savedModelSchemaVersion: 1,
    metaGraphs: [
      {
        metaInfoDef: { tags: ["serve"], tensorflowVersion: "2.9.0" },
        graphDef: { node: nodes, versions: { producer } },
        signatureDef: Object.fromEntries(named),
      },
    ],
  });
}
