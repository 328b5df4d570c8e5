import type {
  Activation,
  AdaptiveAveragePool,
  Architecture,
  Convolution,
  Dense,
  Flatten,
  Layer,
  MaxPool,
} from "../architectures/layers.ts";
import { cutOf } from "../architectures/cut-of.ts";
import { type ImageShape, imageShapes } from "../architectures/image-shapes.ts";
import { poolingWindows } from "../architectures/pooling-windows.ts";
import { parameterOf } from "../parameter-of.ts";
import type { StateDict } from "../state-dict.ts";
import { foldBatchNorm } from "./fold-batch-norm.ts";
import { attribute, type GraphBuilder, prefixed } from "./graph-builder.ts";
import type { Attribute } from "./saved-model-messages.ts";

/** The number type in which a network computes. bfloat16 has float32's range and 8 bits of mantissa. */
export type Precision = "float32" | "bfloat16";

export interface NetworkOptions {
  architecture: Architecture;
  stateDict: StateDict;
  /** Side of the square images. */
  sizePx: number;
  precision: Precision;
}

/** Names of the nodes that a network ends in, all of the network's precision. */
export interface NetworkOutputs {
  /** [image, feature] */
  features: string;
  /** [image, class]; undefined where the weights have no classifier. */
  logits: string | undefined;
  /** The node of each of the architecture's stages, and of where it is cut: [image, height, width, channel]. */
  stages: Map<string, string>;
}

/**
 * Adds a network to a graph: batch normalisation folded into the convolutions, weights as constants.
 *
 * @param input node of the normalised image, [image, height, width, 3] in the network's precision
 * @throws ModelsError WEIGHTS_MISMATCH when the weights do not fit
 */
export function writeNetwork(graph: GraphBuilder, options: NetworkOptions, input: string): NetworkOutputs {
  const { architecture, stateDict, sizePx, precision } = options;
  const outputs = new Map([["input", input]]);
  const outputOf = (name: string): string => outputs.get(name) ?? name;
  const shapes = imageShapes(architecture, sizePx);
  const hasLogits = stateDict.has(`${architecture.logitsLayer}.weight`);
  const place: Place = {
    graph: prefixed(graph, "network/"), // a node's name may not begin with an underscore, a layer's may
    stateDict,
    precision,
    type: { T: attribute.type(precision) },
    outputOf,
    shapeOf: (name) => shapes.get(name) ?? { sidePx: 0, channels: 0 },
  };
  for (const layer of architecture.layers) {
    if (layer.name === architecture.logitsLayer && !hasLogits) continue;
    outputs.set(layer.name, writeLayer(place, layer));
  }
  return {
    features: outputOf(architecture.featureLayer),
    logits: hasLogits ? outputOf(architecture.logitsLayer) : undefined,
    stages: new Map([...architecture.stages, cutOf(architecture)].map((stage) => [stage, outputOf(stage)])),
  };
}

/** Where layers are written: the graph, the weights, and what lies before them. */
interface Place {
  graph: GraphBuilder;
  stateDict: StateDict;
  precision: Precision;
  /** The attribute that nearly every operation has. */
  type: { T: Attribute };
  /** The node of a layer's output. */
  outputOf: (layer: string) => string;
  shapeOf: (layer: string) => ImageShape;
}

function writeLayer(place: Place, layer: Layer): string {
  const input = place.outputOf(layer.input);
  switch (layer.kind) {
    case "convolution":
      return writeConvolution(place, layer, input);
    case "max-pool":
      return writeMaxPool(place, layer, input);
    case "add": {
      const sum = place.graph.node("AddV2", [input, place.outputOf(layer.other)], place.type, `${layer.name}/sum`);
      return activate(place, sum, layer);
    }
    case "global-average-pool":
      return writeGlobalAveragePool(place, layer.name, input);
    case "adaptive-average-pool":
      return writeAdaptiveAveragePool(place, layer, input);
    case "flatten":
      return writeFlatten(place, layer, input);
    case "dense":
      return writeDense(place, layer, input);
  }
}

function writeConvolution(place: Place, layer: Convolution, input: string): string {
  const { graph, precision, type } = place;
  const { name, stride, isDepthwise } = layer;
  const folded = foldBatchNorm(layer, place.stateDict);
  const filter = graph.floats(`${name}/filter`, folded.shape, folded.filter, precision);
  const { image, padding } = writePadding(place, layer, input);
  const attributes = { ...type, strides: attribute.integers([1, stride, stride, 1]), ...padding };
  const op = isDepthwise ? "DepthwiseConv2dNative" : "Conv2D";
  const convolved = graph.node(op, [image, filter], attributes, `${name}/convolution`);
  const bias = graph.floats(`${name}/bias`, [layer.outputChannels], folded.bias, precision);
  return activate(place, graph.node("BiasAdd", [convolved, bias], type, `${name}/biased`), layer);
}

type PaddingAttributes = ReturnType<typeof zeroPadding>;

/**
 * How a convolution pads: at stride 1 TensorFlow's "SAME" is PyTorch's rule for odd kernels too. A depthwise convolution is padded
 * by a node of its own, since TensorFlow loses its explicit padding when it fuses the bias in (2.21: it aborts the process).
 */
function writePadding(
  { graph, type }: Place,
  { name, padding, stride, kernelSize, isDepthwise }: Convolution,
  input: string,
): { image: string; padding: PaddingAttributes } {
  if (padding === "same" || (stride === 1 && 2 * padding === kernelSize - 1))
    return { image: input, padding: { padding: attribute.text("SAME") } };
  if (!isDepthwise || padding === 0) return { image: input, padding: zeroPadding(padding) };
  const sides = graph.integers(`${name}/paddings`, [4, 2], [0, 0, padding, padding, padding, padding, 0, 0]);
  const attributes = { ...type, Tpaddings: attribute.type("int32") };
  return { image: graph.node("Pad", [input, sides], attributes, `${name}/padded`), padding: zeroPadding(0) };
}

/** PyTorch's padding: the same number of zeros on every side, which TensorFlow's "SAME" is not at stride 2. */
function zeroPadding(pad: number): { padding: Attribute; explicit_paddings?: Attribute } {
  if (pad === 0) return { padding: attribute.text("VALID") };
  return {
    padding: attribute.text("EXPLICIT"),
    explicit_paddings: attribute.integers([0, 0, pad, pad, pad, pad, 0, 0]),
  };
}

function writeMaxPool({ graph, type }: Place, layer: MaxPool, input: string): string {
  const { name, kernelSize, stride, padding } = layer;
  const attributes = {
    ...type,
    ksize: attribute.integers([1, kernelSize, kernelSize, 1]),
    strides: attribute.integers([1, stride, stride, 1]),
    ...zeroPadding(padding),
  };
  return graph.node("MaxPool", [input], attributes, name);
}

function writeGlobalAveragePool({ graph, type }: Place, name: string, input: string): string {
  const axes = graph.integers(`${name}/axes`, [2], [1, 2]);
  const attributes = { ...type, Tidx: attribute.type("int32"), keep_dims: attribute.boolean(false) };
  return graph.node("Mean", [input, axes], attributes, name);
}

/** A matrix [size, side] of each window's shares, multiplied from the left along the rows, then along the columns. */
function writeAdaptiveAveragePool(
  place: Place,
  { name, input: before, size }: AdaptiveAveragePool,
  input: string,
): string {
  const { graph, precision, type } = place;
  const { sidePx, channels } = place.shapeOf(before);
  if (sidePx === size) return input;
  const shares = new Float32Array(size * sidePx);
  for (const [part, { start, end }] of poolingWindows(sidePx, size).entries())
    shares.fill(1 / (end - start), part * sidePx + start, part * sidePx + end);
  const matrix = graph.floats(`${name}/shares`, [size, sidePx], shares, precision);
  const average = (images: string, title: string): string =>
    graph.node("BatchMatMulV2", [matrix, images], { ...type, ...noAdjoint }, `${name}/${title}`);
  const wide = writeReshape(place, input, [-1, sidePx, sidePx * channels], `${name}/wide`);
  const tall = writeReshape(place, average(wide, "rows"), [-1, sidePx, channels], `${name}/tall`);
  return writeReshape(place, average(tall, "columns"), [-1, size, size, channels], name);
}

const noAdjoint = { adj_x: attribute.boolean(false), adj_y: attribute.boolean(false) };

function writeFlatten(place: Place, { name, input: before }: Flatten, input: string): string {
  const { sidePx, channels } = place.shapeOf(before);
  const order = place.graph.integers(`${name}/order`, [4], [0, 3, 1, 2]);
  const attributes = { ...place.type, Tperm: attribute.type("int32") };
  const byChannel = place.graph.node("Transpose", [input, order], attributes, `${name}/channels-first`);
  return writeReshape(place, byChannel, [-1, channels * sidePx * sidePx], name);
}

function writeReshape({ graph, type }: Place, input: string, shape: number[], name: string): string {
  const sizes = graph.integers(`${name}/shape`, [shape.length], shape);
  return graph.node("Reshape", [input, sizes], { ...type, Tshape: attribute.type("int32") }, name);
}

function writeDense(place: Place, layer: Dense, input: string): string {
  const { graph, stateDict, precision, type } = place;
  const { name, inputLength, outputLength } = layer;
  const weight = parameterOf(stateDict, `${name}.weight`, [outputLength, inputLength]);
  const bias = parameterOf(stateDict, `${name}.bias`, [outputLength]);
  const matrix = graph.floats(`${name}/weight`, [outputLength, inputLength], weight, precision);
  const attributes = { ...type, transpose_a: attribute.boolean(false), transpose_b: attribute.boolean(true) };
  const product = graph.node("MatMul", [input, matrix], attributes, `${name}/product`);
  const shift = graph.floats(`${name}/bias`, [outputLength], bias, precision);
  return activate(place, graph.node("BiasAdd", [product, shift], type, `${name}/biased`), layer);
}

const activations: Record<Exclude<Activation, "none">, string> = { relu: "Relu", relu6: "Relu6" };

function activate({ graph, type }: Place, input: string, layer: { name: string; activation: Activation }): string {
  return layer.activation === "none" ? input : graph.node(activations[layer.activation], [input], type, layer.name);
}
