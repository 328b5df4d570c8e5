import { imageShapes } from "../architectures/image-shapes.ts";
import type { Backbone } from "../backbones.ts";
import type { FlipVariant } from "../features.ts";
import { ModelsError } from "../models-error.ts";
import type { StateDict } from "../state-dict.ts";
import { encodeGraph, tensorFacts } from "./encode-graph.ts";
import { attribute, createGraphBuilder, type FedTensor, type GraphBuilder } from "./graph-builder.ts";
import type { Dtype, TensorFacts } from "./saved-model-messages.ts";
import { type Precision, writeNetwork } from "./write-network.ts";

/** Part of the key under which features are cached: raise it when the graph computes anything differently. */
export const graphVersion = 2;

export interface SavedModelOptions {
  backbone: Backbone;
  stateDict: StateDict;
  /** Side of the square images. */
  sizePx: number;
  /** Which flips of each image are computed, in this order. */
  variants: readonly FlipVariant[];
  /** The number type of the network; images come in and outputs leave in the same types in both. */
  precision?: Precision;
  /** Stages of the architecture whose activations are outputs too. */
  stages?: readonly string[];
  /** Weights of this size or more become inputs of the signature (see `createGraphBuilder`); by default none do. */
  feedFromBytes?: number;
}

/** The name under which the graph gives a stage's activations. */
export const stageOutput = (stage: string): string => `stages/${stage}`;

export interface SavedModel {
  /** The bytes of `saved_model.pb`; a folder with this one file is a SavedModel. */
  bytes: Uint8Array;
  hasLogits: boolean;
  /** What the graph takes beside the images, by the name of the input. */
  fed: Map<string, FedTensor>;
}

/**
 * A backbone as a TensorFlow SavedModel that takes grey images as bytes. Scaling, grey to three channels, normalisation and
 * flips happen inside the graph. TensorFlow Serving and Python load it too.
 *
 * Signature `serving_default`: `images` uint8 [n, size, size] to `features` float32 [n, variants, featureLength] and, where the
 * weights have a classifier, `logits` float32 [n, variants, classes]; each asked stage as `stages/<layer>` float32 [variants x n,
 * height, width, channels].
 *
 * @throws ModelsError WEIGHTS_MISMATCH when the weights are of another architecture
 */
export function writeSavedModel(options: SavedModelOptions): SavedModel {
  const {
    backbone,
    stateDict,
    sizePx,
    variants,
    precision = "float32",
    stages = [],
    feedFromBytes = Infinity,
  } = options;
  const graph = createGraphBuilder({ feedFromBytes });
  const { architecture } = backbone;
  const imageShape = [-1, sizePx, sizePx];
  const placeholder = { dtype: attribute.type("uint8"), shape: attribute.shape(imageShape) };
  const images = graph.node("Placeholder", [], placeholder, "images");
  const flipped = writeFlips(graph, writeGreyToFloat(graph, images, sizePx), variants);
  const normalised = writeCast(graph, writeNormalisation(graph, flipped, backbone), "float32", precision, "input/cast");
  const network = writeNetwork(graph, { architecture, stateDict, sizePx, precision }, normalised);
  const asFloats = (node: string, name: string): string =>
    writeCast(graph, node, precision, "float32", `${name}/floats`);
  const { featureLength, classCount } = architecture;
  const count = variants.length;
  const shapes = imageShapes(architecture, sizePx);
  const outputs: Record<string, TensorFacts> = {
    features: tensorFacts(
      byImage(graph, asFloats(network.features, "features"), count, featureLength, "features"),
      "float32",
      [-1, count, featureLength],
    ),
  };
  if (network.logits !== undefined)
    outputs["logits"] = tensorFacts(
      byImage(graph, asFloats(network.logits, "logits"), count, classCount, "logits"),
      "float32",
      [-1, count, classCount],
    );
  for (const stage of stages) {
    const name = stageOutput(stage);
    const shape = shapes.get(stage);
    const node = network.stages.get(stage);
    if (node === undefined || shape === undefined)
      throw new ModelsError({
        code: "STAGE_UNKNOWN",
        message: `${backbone.title} has no stage ${stage}; its stages are ${architecture.stages.join(", ")}.`,
      });
    outputs[name] = tensorFacts(asFloats(node, name), "float32", [-1, shape.sidePx, shape.sidePx, shape.channels]);
  }
  const signature = {
    inputs: {
      images: tensorFacts(images, "uint8", imageShape),
      ...Object.fromEntries([...graph.fed].map(([name, { dtype, shape }]) => [name, tensorFacts(name, dtype, shape)])),
    },
    outputs,
  };
  const bytes = encodeGraph(graph.nodes, { serving_default: signature });
  return { bytes, hasLogits: network.logits !== undefined, fed: graph.fed };
}

/** The same numbers in another type; the node itself where the types are equal. */
function writeCast(graph: GraphBuilder, input: string, from: Dtype, to: Dtype, name: string): string {
  if (from === to) return input;
  return graph.node("Cast", [input], { SrcT: attribute.type(from), DstT: attribute.type(to) }, name);
}

/** uint8 [n, size, size] to float32 [n, size, size, 1]. */
function writeGreyToFloat(graph: GraphBuilder, images: string, sizePx: number): string {
  const values = writeCast(graph, images, "uint8", "float32", "input/floats");
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
