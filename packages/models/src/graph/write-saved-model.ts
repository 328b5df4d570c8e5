import { imageShapes } from "../architectures/image-shapes.ts";
import type { Architecture, Layer } from "../architectures/layers.ts";
import type { Backbone } from "../backbones.ts";
import type { FlipVariant } from "../features.ts";
import { ModelsError } from "../models-error.ts";
import type { StateDict } from "../state-dict.ts";
import { encodeGraph, tensorFacts } from "./encode-graph.ts";
import { frozenTensors } from "./frozen-tensors.ts";
import { attribute, createGraphBuilder, type FedTensor, type GraphBuilder, type Precision } from "./graph-builder.ts";
import type { TensorFacts } from "./saved-model-messages.ts";
import { createTape } from "./tape.ts";
import { writeGreyInput } from "./write-grey-input.ts";
import { writeLayers } from "./write-layers.ts";

/** Part of the key under which features are cached: raise it when the graph computes anything differently. */
export const graphVersion = 3;

export interface SavedModelOptions {
  backbone: Backbone;
  stateDict: StateDict;
  /** Side of the square images. */
  sizePx: number;
  /** Which flips of each image are computed, in this order. */
  variants: readonly FlipVariant[];
  /** What is asked of the network: `features`, `logits` and layers whose output is an image. Nothing else is computed. */
  outputs: readonly string[];
  /** The number type of the network; images come in and outputs leave in the same types in both. */
  precision?: Precision;
  /** Weights of this size or more become inputs of the signature (see `createGraphBuilder`); by default none do. */
  feedFromBytes?: number;
}

export interface SavedModel {
  /** The bytes of `saved_model.pb`; a folder with this one file is a SavedModel. */
  bytes: Uint8Array;
  /** What the graph takes beside the images, by the name of the input. */
  fed: Map<string, FedTensor>;
}

/**
 * A backbone as a TensorFlow SavedModel that takes grey images as bytes. Scaling, grey to three channels, normalisation and
 * flips happen inside the graph. TensorFlow Serving and Python load it too.
 *
 * Signature `serving_default`: `images` uint8 [n, size, size] to the asked outputs, float32 each: `features` [n, variants,
 * featureLength], `logits` [n, variants, classes], a layer [n, variants, height, width, channels].
 *
 * @throws ModelsError WEIGHTS_MISMATCH when the weights are of another architecture, STAGE_UNKNOWN
 */
export function writeSavedModel(options: SavedModelOptions): SavedModel {
  const { backbone, stateDict, sizePx, variants, precision = "float32", feedFromBytes = Infinity } = options;
  const asked = options.outputs.map((output) => askedOutput(backbone, sizePx, output));
  const [first, ...layers] = layersUntil(backbone.architecture, new Set(asked.map(({ layer }) => layer)));
  const graph = createGraphBuilder({ feedFromBytes });
  const imageShape = [-1, sizePx, sizePx];
  const placeholder = { dtype: attribute.type("uint8"), shape: attribute.shape(imageShape) };
  const images = graph.node("Placeholder", [], placeholder, "images");
  const tape = createTape(graph, precision);
  const flipped = writeFlips(graph, images, variants);
  const { input: normalisation } = backbone;
  const given = writeGreyInput(tape, flipped, { layer: first, normalisation, stateDict, sizePx });
  const { nodes } = writeLayers(tape, layers, given, frozenTensors(graph, layers, stateDict, precision));
  const outputs = asked.map(({ name, layer, shape }): [string, TensorFacts] => {
    const values = writeFloats(graph, nodes.get(layer) ?? layer, precision, `outputs/${name}/floats`);
    const byImage = writeByImage(graph, values, variants.length, shape, `outputs/${name}`);
    return [name, tensorFacts(byImage, "float32", [-1, variants.length, ...shape])];
  });
  const fed = [...graph.fed].map(([name, { dtype, shape }]) => [name, tensorFacts(name, dtype, shape)]);
  const bytes = encodeGraph(graph.nodes, {
    serving_default: {
      inputs: { images: tensorFacts(images, "uint8", imageShape), ...Object.fromEntries(fed) },
      outputs: Object.fromEntries(outputs),
    },
  });
  return { bytes, fed: graph.fed };
}

/** An output's layer, and what it is for one image. */
interface AskedOutput {
  name: string;
  layer: string;
  shape: number[];
}

function askedOutput({ architecture, title }: Backbone, sizePx: number, name: string): AskedOutput {
  const { featureLayer, featureLength, logitsLayer, classCount, stages } = architecture;
  if (name === "features") return { name, layer: featureLayer, shape: [featureLength] };
  if (name === "logits") return { name, layer: logitsLayer, shape: [classCount] };
  const image = imageShapes(architecture, sizePx).get(name);
  if (image === undefined || name === "input")
    throw new ModelsError({
      code: "STAGE_UNKNOWN",
      message: `${title} has no stage ${name}; its stages are ${stages.join(", ")}.`,
    });
  return { name, layer: name, shape: [image.sidePx, image.sidePx, image.channels] };
}

/** The layers up to the last one of these, in the order of computing; the first is a convolution in every architecture. */
function layersUntil(
  { layers }: Architecture,
  wanted: ReadonlySet<string>,
): [Layer & { kind: "convolution" }, ...Layer[]] {
  const end = layers.findLastIndex(({ name }) => wanted.has(name));
  const [first, ...others] = layers.slice(0, end + 1);
  if (first?.kind === "convolution") return [first, ...others];
  throw new ModelsError({ code: "STAGE_UNKNOWN", message: "Nothing was asked of the network: name an output." });
}

/** The same numbers as float32; the node itself where they are. */
function writeFloats(graph: GraphBuilder, input: string, from: Precision, name: string): string {
  if (from === "float32") return input;
  return graph.node("Cast", [input], { SrcT: attribute.type(from), DstT: attribute.type("float32") }, name);
}

/** Rows are axis 1, columns axis 2: a horizontal flip exchanges left and right. */
const axesOf: Record<FlipVariant, number[]> = { none: [], h: [2], v: [1], hv: [1, 2] };

/** The batch once per variant, one after the other along the first axis. */
function writeFlips(graph: GraphBuilder, images: string, variants: readonly FlipVariant[]): string {
  const bytes = { T: attribute.type("uint8") };
  const index = { Tidx: attribute.type("int32") };
  const flipped = variants.map((variant) => {
    const axes = axesOf[variant];
    if (axes.length === 0) return images;
    const axesNode = graph.integers(`flip-${variant}/axes`, [axes.length], axes);
    return graph.node("ReverseV2", [images, axesNode], { ...bytes, ...index }, `flip-${variant}`);
  });
  const [only] = flipped;
  if (flipped.length === 1 && only !== undefined) return only;
  const attributes = { N: attribute.integer(flipped.length), ...bytes, ...index };
  return graph.node("ConcatV2", [...flipped, graph.integers("flips/axis", [], [0])], attributes, "flips");
}

/** [variants x n, ...shape] to [n, variants, ...shape]. */
function writeByImage(graph: GraphBuilder, rows: string, variants: number, shape: number[], name: string): string {
  const floats = { T: attribute.type("float32") };
  const reshape = (sizes: number[], title: string): string =>
    graph.node(
      "Reshape",
      [rows, graph.integers(`${title}/shape`, [sizes.length], sizes)],
      { ...floats, Tshape: attribute.type("int32") },
      title,
    );
  if (variants === 1) return reshape([-1, 1, ...shape], name);
  const grouped = reshape([variants, -1, ...shape], `${name}/grouped`);
  const order = [1, 0, ...shape.map((_, axis) => axis + 2)];
  const orderNode = graph.integers(`${name}/order`, [order.length], order);
  return graph.node("Transpose", [grouped, orderNode], { ...floats, Tperm: attribute.type("int32") }, name);
}
