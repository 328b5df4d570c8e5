import type {
  Activation,
  AdaptiveAveragePool,
  Architecture,
  Convolution,
  Dense,
  Layer,
} from "./architectures/layers.ts";
import type { InputNormalisation } from "./backbones.ts";
import type { TensorFlow } from "./load-tensorflow.ts";
import { poolingWindows } from "./architectures/pooling-windows.ts";
import { parameterOf } from "./parameter-of.ts";
import type { StateDict } from "./state-dict.ts";

type Image = import("@tensorflow/tfjs-node").Tensor4D;
type Rows = import("@tensorflow/tfjs-node").Tensor2D;

// A type, not an interface: TensorFlow.js takes only that for a container of tensors.
type LayerOutputs = { features: Rows; logits?: Rows; stages: Record<string, Image> };

/**
 * The slow reader of an architecture: one TensorFlow.js operation per layer, batch normalisation as its own step. It shares
 * nothing with the graph writer but the description, so that each checks the other.
 *
 * @param images grey values 0..255, float32 [n, height, width, 1]
 * @returns features [n, featureLength], the images of the architecture's stages by layer name and, where the weights have a
 *   classifier, logits [n, classes]; the caller disposes them
 */
export function runLayers(
  tf: TensorFlow,
  { architecture, input }: { architecture: Architecture; input: InputNormalisation },
  stateDict: StateDict,
  images: Image,
): LayerOutputs {
  return tf.tidy(() => {
    const colours = tf.div(tf.tile(images, [1, 1, 1, 3]), 255);
    const normalised: Image = tf.div(tf.sub(colours, tf.tensor1d([...input.mean])), tf.tensor1d([...input.deviation]));
    const outputs = new Map<string, Image | Rows>([["input", normalised]]);
    for (const layer of architecture.layers) {
      if (layer.name === architecture.logitsLayer && !stateDict.has(`${layer.name}.weight`)) continue;
      outputs.set(
        layer.name,
        runLayer(tf, layer, stateDict, (name) => outputs.get(name) ?? normalised),
      );
    }
    // A description's feature and logits layers give one row per image.
    const features = outputs.get(architecture.featureLayer) as Rows;
    const logits = outputs.get(architecture.logitsLayer) as Rows | undefined;
    const stages = Object.fromEntries(architecture.stages.map((stage) => [stage, outputs.get(stage) as Image]));
    return logits === undefined ? { features, stages } : { features, logits, stages };
  });
}

function runLayer(
  tf: TensorFlow,
  layer: Layer,
  stateDict: StateDict,
  outputOf: (name: string) => Image | Rows,
): Image | Rows {
  // A description is well-formed: image layers take images, dense layers take rows.
  const image = outputOf(layer.input) as Image;
  if (layer.kind === "convolution")
    return activate(tf, normalise(tf, layer, stateDict, convolve(tf, layer, stateDict, image)), layer.activation);
  if (layer.kind === "max-pool") {
    const sides: [number, number] = [layer.padding, layer.padding];
    const padded: Image = tf.pad(image, [[0, 0], sides, sides, [0, 0]], Number.NEGATIVE_INFINITY);
    return tf.maxPool(padded, layer.kernelSize, layer.stride, "valid");
  }
  if (layer.kind === "add") {
    const sum: Image = tf.add(image, outputOf(layer.other));
    return activate(tf, sum, layer.activation);
  }
  if (layer.kind === "dense") return connect(tf, layer, stateDict, outputOf(layer.input) as Rows);
  if (layer.kind === "adaptive-average-pool") return poolAdaptively(tf, layer, image);
  if (layer.kind === "flatten") {
    const [count, height, width, channels] = image.shape;
    const byChannel: Image = tf.transpose(image, [0, 3, 1, 2]);
    const row: Rows = tf.reshape(byChannel, [count, channels * height * width]);
    return row;
  }
  return tf.mean(image, [1, 2]);
}

function poolAdaptively(tf: TensorFlow, { size }: AdaptiveAveragePool, image: Image): Image {
  const [count, height, width, channels] = image.shape;
  const rows = poolingWindows(height, size).map(({ start, end }) => {
    const parts = poolingWindows(width, size).map((column) =>
      tf.mean(
        tf.slice(image, [0, start, column.start, 0], [count, end - start, column.end - column.start, channels]),
        [1, 2],
        true,
      ),
    );
    return tf.concat(parts, 2);
  });
  // Means that keep their axes have as many as the image.
  return tf.concat(rows, 1) as Image;
}

function convolve(tf: TensorFlow, layer: Convolution, stateDict: StateDict, image: Image): Image {
  const { name, inputChannels, outputChannels, kernelSize, stride, padding, isDepthwise, hasBias } = layer;
  const shape: [number, number, number, number] = [
    outputChannels,
    isDepthwise ? 1 : inputChannels,
    kernelSize,
    kernelSize,
  ];
  const weight = tf.tensor4d(parameterOf(stateDict, `${name}.weight`, shape), shape);
  const sides: [number, number] = padding === "same" ? [0, 0] : [padding, padding];
  const padded: Image = tf.pad(image, [[0, 0], sides, sides, [0, 0]]);
  const rule = padding === "same" ? "same" : "valid";
  const convolved: Image = isDepthwise
    ? tf.depthwiseConv2d(padded, tf.transpose(weight, [2, 3, 0, 1]), stride, rule)
    : tf.conv2d(padded, tf.transpose(weight, [2, 3, 1, 0]), stride, rule);
  return hasBias ? tf.add(convolved, tf.tensor1d(parameterOf(stateDict, `${name}.bias`, [outputChannels]))) : convolved;
}

function normalise(tf: TensorFlow, { norm, outputChannels }: Convolution, stateDict: StateDict, image: Image): Image {
  if (norm === undefined) return image;
  const vector = (name: string) => tf.tensor1d(parameterOf(stateDict, `${norm.name}.${name}`, [outputChannels]));
  const scaled = tf.mul(tf.sub(image, vector("running_mean")), tf.rsqrt(tf.add(vector("running_var"), norm.epsilon)));
  return tf.add(tf.mul(scaled, vector("weight")), vector("bias"));
}

function connect(
  tf: TensorFlow,
  { name, inputLength, outputLength, activation }: Dense,
  stateDict: StateDict,
  rows: Rows,
): Rows {
  const shape: [number, number] = [outputLength, inputLength];
  const weight = tf.tensor2d(parameterOf(stateDict, `${name}.weight`, shape), shape);
  const bias = tf.tensor1d(parameterOf(stateDict, `${name}.bias`, [outputLength]));
  return activate(tf, tf.add(tf.matMul(rows, weight, false, true), bias), activation);
}

function activate<T extends Image | Rows>(tf: TensorFlow, values: T, activation: Activation): T {
  if (activation === "none") return values;
  return activation === "relu" ? tf.relu(values) : tf.relu6(values);
}
