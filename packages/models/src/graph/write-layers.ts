import { type ImageShape, imageShapes } from "../architectures/image-shapes.ts";
import { poolingWindows } from "../architectures/pooling-windows.ts";
import type { AdaptiveAveragePool, Convolution, Dense, Layer } from "../architectures/layers.ts";
import { attribute } from "./graph-builder.ts";
import type { Attribute } from "./saved-model-messages.ts";
import * as operations from "./operations.ts";
import type { Tape } from "./tape.ts";

/** A network's tensors in a graph under training. */
export interface LayerTensors {
  /** True for layers that move: they have a batch normalisation of their own, where frozen ones have it folded in. */
  isTrained: (layer: string) => boolean;
  /** The node of a parameter's value, in TensorFlow's layout. */
  valueOf: (parameter: string) => string;
  /** Whether trained batch normalisation divides by the batch's statistics. */
  usesBatchStatistics: boolean;
  /** Told of the statistics after a batch; `name` is that of the batch normalisation. */
  onStatistics: (name: string, statistics: { mean: string; variance: string }) => void;
  /** The node of dropout's factors for the inputs of a dense layer; undefined: none. */
  dropoutOf: (layer: Dense) => string | undefined;
}

/** The node that the layers begin from, and the shape of one example of it: [height, width, channel] or [feature]. */
export interface GivenLayer {
  name: string;
  node: string;
  shape: readonly number[];
}

export interface WrittenLayers {
  /** The last layer's output. */
  output: string;
  /** The node of each layer's output, the given one's too. */
  nodes: ReadonlyMap<string, string>;
}

/** Writes layers one after the other through a tape. */
export function writeLayers(
  tape: Tape,
  layers: readonly Layer[],
  given: GivenLayer,
  tensors: LayerTensors,
): WrittenLayers {
  const [sidePx = 0, , channels = 0] = given.shape;
  const shapes = imageShapes({ layers: [...layers] }, sidePx, { layer: given.name, channels });
  const outputs = new Map([[given.name, given.node]]);
  const before: Before = {
    nodeOf: (layer) => outputs.get(layer) ?? layer,
    shapeOf: (layer) => shapes.get(layer) ?? { sidePx: 0, channels: 0 },
  };
  let output = given.node;
  for (const layer of layers) {
    output = writeLayer(tape, layer, before, tensors);
    outputs.set(layer.name, output);
  }
  return { output, nodes: outputs };
}

/** What the layers before one are. */
interface Before {
  nodeOf: (layer: string) => string;
  shapeOf: (layer: string) => ImageShape;
}

function writeLayer(tape: Tape, layer: Layer, before: Before, tensors: LayerTensors): string {
  const input = before.nodeOf(layer.input);
  const name = `network/${layer.name}`; // a node's name may not begin with an underscore, a layer's may
  switch (layer.kind) {
    case "convolution":
      return activated(tape, writeConvolution(tape, layer, input, tensors), layer);
    case "dense":
      return activated(tape, writeDense(tape, layer, input, tensors), layer);
    case "add":
      return activated(tape, operations.add(tape, [input, before.nodeOf(layer.other)], `${name}/sum`), layer);
    case "max-pool":
      return operations.maxPool(tape, input, { ...layer, padding: zeroPadding(layer.padding) }, name);
    case "global-average-pool":
      return operations.averagePool(tape, input, name);
    case "adaptive-average-pool":
      return writeAdaptiveAveragePool(tape, layer, input, before.shapeOf(layer.input));
    case "flatten": {
      const { sidePx, channels } = before.shapeOf(layer.input);
      const byChannel = operations.channelsFirst(tape, input, `${name}/channels-first`);
      return operations.reshape(tape, byChannel, [-1, channels * sidePx * sidePx], name);
    }
  }
}

function activated(tape: Tape, values: string, { name, activation }: Pick<Dense, "name" | "activation">): string {
  return activation === "none" ? values : operations.activate(tape, values, activation, `network/${name}`);
}

function writeConvolution(tape: Tape, layer: Convolution, input: string, tensors: LayerTensors): string {
  const { isDepthwise, stride, kernelSize, norm } = layer;
  const name = `network/${layer.name}`;
  const isSame = layer.padding === "same" || (stride === 1 && 2 * layer.padding === kernelSize - 1);
  const pad = layer.padding === "same" ? 0 : layer.padding;
  // Padding that is not "SAME" is a node of its own before depthwise convolutions, for which TensorFlow 2.21 has none in the operation,
  // and before those that move: it has no gradient of such a convolution by way of oneDNN, and its own takes several times as long.
  const isFrozen = !tensors.isTrained(layer.name);
  const isPaddedBefore = (isDepthwise || !isFrozen) && !isSame && pad > 0;
  const image = isPaddedBefore ? operations.pad(tape, input, pad, `${name}/padded`) : input;
  const padding = isSame ? { padding: attribute.text("SAME") } : zeroPadding(isPaddedBefore ? 0 : pad);
  const filter = tensors.valueOf(`${layer.name}.weight`);
  const convolved = operations.convolve(tape, [image, filter], { isDepthwise, stride, padding }, `${name}/convolution`);
  const biased =
    layer.hasBias || isFrozen
      ? operations.addBias(tape, [convolved, tensors.valueOf(`${layer.name}.bias`)], `${name}/biased`)
      : convolved;
  if (norm === undefined || isFrozen) return biased;
  const parameter = (kind: string): string => tensors.valueOf(`${norm.name}.${kind}`);
  const normalised = operations.normalise(
    tape,
    biased,
    {
      scale: parameter("weight"),
      shift: parameter("bias"),
      mean: parameter("running_mean"),
      variance: parameter("running_var"),
    },
    { epsilon: norm.epsilon, usesBatch: tensors.usesBatchStatistics },
    `network/${norm.name}/normalised`,
  );
  if (tensors.usesBatchStatistics) tensors.onStatistics(norm.name, normalised);
  return normalised.image;
}

/** PyTorch's padding: the same number of zeros on every side, which TensorFlow's "SAME" is not at stride 2. */
function zeroPadding(pad: number): Record<string, Attribute> {
  if (pad === 0) return { padding: attribute.text("VALID") };
  return {
    padding: attribute.text("EXPLICIT"),
    explicit_paddings: attribute.integers([0, 0, pad, pad, pad, pad, 0, 0]),
  };
}

/** A matrix [size, side] of each window's shares, multiplied from the left along the rows, then along the columns. */
function writeAdaptiveAveragePool(
  tape: Tape,
  layer: AdaptiveAveragePool,
  input: string,
  { sidePx, channels }: ImageShape,
): string {
  const { size } = layer;
  if (sidePx === size) return input;
  const name = `network/${layer.name}`;
  const shares = new Float32Array(size * sidePx);
  for (const [part, { start, end }] of poolingWindows(sidePx, size).entries())
    shares.fill(1 / (end - start), part * sidePx + start, part * sidePx + end);
  const matrix = tape.graph.floats(`${name}/shares`, [size, sidePx], shares, tape.precision);
  const wide = operations.reshape(tape, input, [-1, sidePx, sidePx * channels], `${name}/wide`);
  const fewRows = operations.multiplyEach(tape, matrix, wide, `${name}/rows`);
  const tall = operations.reshape(tape, fewRows, [-1, sidePx, channels], `${name}/tall`);
  const fewColumns = operations.multiplyEach(tape, matrix, tall, `${name}/columns`);
  return operations.reshape(tape, fewColumns, [-1, size, size, channels], name);
}

function writeDense(tape: Tape, layer: Dense, input: string, tensors: LayerTensors): string {
  const name = `network/${layer.name}`;
  const factors = tensors.dropoutOf(layer);
  const rows = factors === undefined ? input : operations.mask(tape, input, factors, `${name}/dropped`);
  const product = operations.connect(tape, [rows, tensors.valueOf(`${layer.name}.weight`)], `${name}/product`);
  return operations.addBias(tape, [product, tensors.valueOf(`${layer.name}.bias`)], `${name}/biased`);
}
