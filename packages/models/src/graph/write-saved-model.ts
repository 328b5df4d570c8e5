import type { Backbone } from "../backbones.ts";
import type { FlipVariant } from "../features.ts";
import type { StateDict } from "../state-dict.ts";
import { attribute, createGraphBuilder, type GraphBuilder, shapeMessage } from "./graph-builder.ts";
import { type Dtype, dtypes, encodeSavedModel, type TensorFacts } from "./saved-model-messages.ts";
import { writeNetwork } from "./write-network.ts";

/** Part of the key under which features are cached: raise it when the graph computes anything differently. */
export const graphVersion = 1;

/** The producer of graphs that TensorFlow 2.9 and later load; it decides which old behaviours are kept. */
const producer = 1087;

export interface SavedModelOptions {
  backbone: Backbone;
  stateDict: StateDict;
  /** Side of the square images. */
  sizePx: number;
  /** Which flips of each image are computed, in this order. */
  variants: readonly FlipVariant[];
}

export interface SavedModel {
  /** The bytes of `saved_model.pb`; a folder with this one file is a SavedModel. */
  bytes: Uint8Array;
  hasLogits: boolean;
}

/**
 * A backbone as a TensorFlow SavedModel that takes grey images as bytes. Scaling, grey to three channels, normalisation and
 * flips happen inside the graph. TensorFlow Serving and Python load it too.
 *
 * Signature `serving_default`: `images` uint8 [n, size, size] to `features` float32 [n, variants, featureLength] and, where the
 * weights have a classifier, `logits` float32 [n, variants, classes].
 *
 * @throws ModelsError WEIGHTS_MISMATCH when the weights are of another architecture
 */
export function writeSavedModel({ backbone, stateDict, sizePx, variants }: SavedModelOptions): SavedModel {
  const graph = createGraphBuilder();
  const { architecture } = backbone;
  const imageShape = [-1, sizePx, sizePx];
  const placeholder = { dtype: attribute.type("uint8"), shape: attribute.shape(imageShape) };
  const images = graph.node("Placeholder", [], placeholder, "images");
  const flipped = writeFlips(graph, writeGreyToFloat(graph, images, sizePx), variants);
  const network = writeNetwork(graph, architecture, stateDict, writeNormalisation(graph, flipped, backbone));
  const { featureLength, classCount } = architecture;
  const count = variants.length;
  const outputs: Record<string, TensorFacts> = {
    features: facts(byImage(graph, network.features, count, featureLength, "features"), "float32", [
      -1,
      count,
      featureLength,
    ]),
  };
  if (network.logits !== undefined)
    outputs["logits"] = facts(byImage(graph, network.logits, count, classCount, "logits"), "float32", [
      -1,
      count,
      classCount,
    ]);
  const signature = {
    inputs: { images: facts(images, "uint8", imageShape) },
    outputs,
    methodName: "tensorflow/serving/predict",
  };
  const bytes = encodeSavedModel({
    savedModelSchemaVersion: 1,
    metaGraphs: [
      {
        metaInfoDef: { tags: ["serve"], tensorflowVersion: "2.9.0" },
        graphDef: { node: graph.nodes, versions: { producer } },
        signatureDef: { serving_default: signature },
      },
    ],
  });
  return { bytes, hasLogits: network.logits !== undefined };
}

const facts = (node: string, dtype: Dtype, shape: number[]): TensorFacts => ({
  name: `${node}:0`,
  dtype: dtypes[dtype],
  tensorShape: shapeMessage(shape),
});

/** uint8 [n, size, size] to float32 [n, size, size, 1]. */
function writeGreyToFloat(graph: GraphBuilder, images: string, sizePx: number): string {
  const cast = { SrcT: attribute.type("uint8"), DstT: attribute.type("float32") };
  const values = graph.node("Cast", [images], cast, "input/floats");
  const shape = graph.integers("input/shape", [4], [-1, sizePx, sizePx, 1]);
  return graph.node(
    "Reshape",
    [values, shape],
    { T: attribute.type("float32"), Tshape: attribute.type("int32") },
    "input/grey",
  );
}

/** Rows are axis 1, columns axis 2: a horizontal flip exchanges left and right. */
const axesOf: Record<FlipVariant, number[]> = { none: [], h: [2], v: [1], hv: [1, 2] };

/** The batch once per variant, one after the other along the first axis. */
function writeFlips(graph: GraphBuilder, images: string, variants: readonly FlipVariant[]): string {
  const flipped = variants.map((variant) => {
    const axes = axesOf[variant];
    if (axes.length === 0) return images;
    const attributes = { T: attribute.type("float32"), Tidx: attribute.type("int32") };
    return graph.node(
      "ReverseV2",
      [images, graph.integers(`flip-${variant}/axes`, [axes.length], axes)],
      attributes,
      `flip-${variant}`,
    );
  });
  const [only] = flipped;
  if (flipped.length === 1 && only !== undefined) return only;
  const attributes = {
    N: attribute.integer(flipped.length),
    T: attribute.type("float32"),
    Tidx: attribute.type("int32"),
  };
  return graph.node("ConcatV2", [...flipped, graph.integers("flips/axis", [], [0])], attributes, "flips");
}

/** (grey / 255 - mean) / deviation, per channel: [n, size, size, 1] to [n, size, size, 3]. */
function writeNormalisation(graph: GraphBuilder, images: string, { input: { mean, deviation } }: Backbone): string {
  const floats = { T: attribute.type("float32") };
  const scale = graph.floats(
    "input/scale",
    [3],
    Float32Array.from(deviation, (value) => 1 / (255 * value)),
  );
  const offset = graph.floats(
    "input/offset",
    [3],
    Float32Array.from(deviation, (value, channel) => -(mean[channel] ?? 0) / value),
  );
  return graph.node(
    "AddV2",
    [graph.node("Mul", [images, scale], floats, "input/scaled"), offset],
    floats,
    "input/normalised",
  );
}

/** [variants x n, length] to [n, variants, length]. */
function byImage(graph: GraphBuilder, rows: string, variants: number, length: number, name: string): string {
  const reshape = { T: attribute.type("float32"), Tshape: attribute.type("int32") };
  if (variants === 1)
    return graph.node("Reshape", [rows, graph.integers(`${name}/shape`, [3], [-1, 1, length])], reshape, name);
  const grouped = graph.node(
    "Reshape",
    [rows, graph.integers(`${name}/shape`, [3], [variants, -1, length])],
    reshape,
    `${name}/grouped`,
  );
  const order = graph.integers(`${name}/order`, [3], [1, 0, 2]);
  return graph.node(
    "Transpose",
    [grouped, order],
    { T: attribute.type("float32"), Tperm: attribute.type("int32") },
    name,
  );
}
