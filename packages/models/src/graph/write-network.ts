import type {
  Activation,
  Architecture,
  Convolution,
  Dense,
  GlobalAveragePool,
  Layer,
  MaxPool,
} from "../architectures/layers.ts";
import { parameterOf } from "../parameter-of.ts";
import type { StateDict } from "../state-dict.ts";
import { foldBatchNorm } from "./fold-batch-norm.ts";
import { attribute, type GraphBuilder, prefixed } from "./graph-builder.ts";
import type { Attribute } from "./saved-model-messages.ts";

/** Names of the nodes that a network ends in. */
export interface NetworkOutputs {
  /** [image, feature] */
  features: string;
  /** [image, class]; undefined where the weights have no classifier. */
  logits: string | undefined;
}

const floats = { T: attribute.type("float32") };

/**
 * Adds a network to a graph: batch normalisation folded into the convolutions, weights as constants.
 *
 * @param input node of the normalised image, float32 [image, height, width, 3]
 * @throws ModelsError WEIGHTS_MISMATCH when the weights do not fit
 */
export function writeNetwork(
  graph: GraphBuilder,
  architecture: Architecture,
  stateDict: StateDict,
  input: string,
): NetworkOutputs {
  const outputs = new Map([["input", input]]);
  const inside = prefixed(graph, "network/"); // a node's name may not begin with an underscore, a layer's may
  const hasLogits = stateDict.has(`${architecture.logitsLayer}.weight`);
  for (const layer of architecture.layers) {
    if (layer.name === architecture.logitsLayer && !hasLogits) continue;
    outputs.set(
      layer.name,
      writeLayer(inside, layer, stateDict, (name) => outputs.get(name) ?? name),
    );
  }
  const outputOf = (name: string): string => outputs.get(name) ?? name;
  return {
    features: outputOf(architecture.featureLayer),
    logits: hasLogits ? outputOf(architecture.logitsLayer) : undefined,
  };
}

function writeLayer(
  graph: GraphBuilder,
  layer: Layer,
  stateDict: StateDict,
  outputOf: (name: string) => string,
): string {
  const input = outputOf(layer.input);
  if (layer.kind === "convolution") return writeConvolution(graph, layer, stateDict, input);
  if (layer.kind === "max-pool") return writeMaxPool(graph, layer, input);
  if (layer.kind === "dense") return writeDense(graph, layer, stateDict, input);
  if (layer.kind === "add")
    return activate(graph, graph.node("AddV2", [input, outputOf(layer.other)], floats, `${layer.name}/sum`), layer);
  return writeGlobalAveragePool(graph, layer, input);
}

function writeGlobalAveragePool(graph: GraphBuilder, { name }: GlobalAveragePool, input: string): string {
  const axes = graph.integers(`${name}/axes`, [2], [1, 2]);
  const attributes = { ...floats, Tidx: attribute.type("int32"), keep_dims: attribute.boolean(false) };
  return graph.node("Mean", [input, axes], attributes, name);
}

function writeConvolution(graph: GraphBuilder, layer: Convolution, stateDict: StateDict, input: string): string {
  const { name, stride, isDepthwise } = layer;
  const folded = foldBatchNorm(layer, stateDict);
  const filter = graph.floats(`${name}/filter`, folded.shape, folded.filter);
  const { image, padding } = writePadding(graph, layer, input);
  const attributes = { ...floats, strides: attribute.integers([1, stride, stride, 1]), ...padding };
  const op = isDepthwise ? "DepthwiseConv2dNative" : "Conv2D";
  const convolved = graph.node(op, [image, filter], attributes, `${name}/convolution`);
  const bias = graph.floats(`${name}/bias`, [layer.outputChannels], folded.bias);
  return activate(graph, graph.node("BiasAdd", [convolved, bias], floats, `${name}/biased`), layer);
}

type PaddingAttributes = ReturnType<typeof zeroPadding>;

/**
 * How a convolution pads: at stride 1 TensorFlow's "SAME" is PyTorch's rule for odd kernels too. A depthwise convolution is padded
 * by a node of its own, since TensorFlow loses its explicit padding when it fuses the bias in (2.21: it aborts the process).
 */
function writePadding(
  graph: GraphBuilder,
  { name, padding, stride, kernelSize, isDepthwise }: Convolution,
  input: string,
): { image: string; padding: PaddingAttributes } {
  if (padding === "same" || (stride === 1 && 2 * padding === kernelSize - 1))
    return { image: input, padding: { padding: attribute.text("SAME") } };
  if (!isDepthwise || padding === 0) return { image: input, padding: zeroPadding(padding) };
  const sides = graph.integers(`${name}/paddings`, [4, 2], [0, 0, padding, padding, padding, padding, 0, 0]);
  const attributes = { ...floats, Tpaddings: attribute.type("int32") };
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

function writeMaxPool(graph: GraphBuilder, { name, kernelSize, stride, padding }: MaxPool, input: string): string {
  const attributes = {
    ...floats,
    ksize: attribute.integers([1, kernelSize, kernelSize, 1]),
    strides: attribute.integers([1, stride, stride, 1]),
    ...zeroPadding(padding),
  };
  return graph.node("MaxPool", [input], attributes, name);
}

function writeDense(graph: GraphBuilder, layer: Dense, stateDict: StateDict, input: string): string {
  const { name, inputLength, outputLength } = layer;
  const weight = parameterOf(stateDict, `${name}.weight`, [outputLength, inputLength]);
  const bias = parameterOf(stateDict, `${name}.bias`, [outputLength]);
  const matrix = graph.floats(`${name}/weight`, [outputLength, inputLength], weight);
  const attributes = { ...floats, transpose_a: attribute.boolean(false), transpose_b: attribute.boolean(true) };
  const product = graph.node("MatMul", [input, matrix], attributes, `${name}/product`);
  const shift = graph.floats(`${name}/bias`, [outputLength], bias);
  return activate(graph, graph.node("BiasAdd", [product, shift], floats, `${name}/biased`), layer);
}

const activations: Record<Exclude<Activation, "none">, string> = { relu: "Relu", relu6: "Relu6" };

function activate(
  graph: GraphBuilder,
  input: string,
  { name, activation }: { name: string; activation: Activation },
): string {
  return activation === "none" ? input : graph.node(activations[activation], [input], floats, name);
}
