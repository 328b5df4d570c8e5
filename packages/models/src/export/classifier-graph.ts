import { attribute, createGraphBuilder, shapeMessage } from "../graph/graph-builder.ts";
import { decodeSavedModel, dtypes, type SavedModelMessage } from "../graph/saved-model-messages.ts";
import { writeSavedModel } from "../graph/write-saved-model.ts";
import { ModelsError } from "../models-error.ts";
import { testVariants, type TestFlips } from "../training/predict-examples.ts";
import type { TrainedNetwork } from "./trained-network.ts";

/**
 * A trained network as a TensorFlow graph that others can use as it is.
 *
 * Signature `serving_default`: `images`, grey values uint8 [n, size, size] as a recipe prepares them, to `probability` float32 [n]
 * of being malignant and `logits` float32 [n, outputs]. With all flips the probability is the mean over the four, as
 * `predictExamples` takes it, and the logits are [n, flip, outputs].
 *
 * @throws ModelsError WEIGHTS_MISMATCH when tensors do not fit the architecture
 */
export function classifierGraph(
  { backbone, stateDict, outputs }: TrainedNetwork,
  sizePx: number,
  flips: TestFlips,
): SavedModelMessage {
  const variants = testVariants[flips];
  const message = decodeSavedModel(
    writeSavedModel({ backbone, stateDict, sizePx, variants, outputs: ["logits"] }).bytes,
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
  const given = network.name.replace(/:0$/, "");
  const rows = reshaped(given, [-1, outputs], "classifier/rows");
  // Of two outputs half their difference is the log-odds, as `predictHead` explains.
  const mixing = graph.floats("classifier/mixing", [outputs, 1], Float32Array.from(outputs === 2 ? [-0.5, 0.5] : [1]));
  const product = { ...floats, transpose_a: attribute.boolean(false), transpose_b: attribute.boolean(false) };
  const logOdds = graph.node("MatMul", [rows, mixing], product, "classifier/log-odds");
  const sigmoid = graph.node("Sigmoid", [logOdds], floats, "classifier/sigmoid");
  const byFlip = reshaped(sigmoid, [-1, variants.length], "classifier/by-flip");
  const reduction = { ...floats, Tidx: attribute.type("int32"), keep_dims: attribute.boolean(false) };
  const axis = graph.integers("classifier/axis", [1], [1]);
  const probability = graph.node("Mean", [byFlip, axis], reduction, "classifier/probability");
  const logitsShape = variants.length === 1 ? [-1, outputs] : [-1, variants.length, outputs];
  const logits = reshaped(given, logitsShape, "classifier/logits");

  const { graphDef } = metaGraph;
  const node = [...graphDef.node, ...graph.nodes];
  const output = (name: string, shape: number[]) => ({
    name: `${name}:0`,
    dtype: dtypes.float32,
    tensorShape: shapeMessage(shape),
  });
  const outputsBySignature = { logits: output(logits, logitsShape), probability: output(probability, [-1]) };
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
