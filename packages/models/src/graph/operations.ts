import { attribute } from "./graph-builder.ts";
import type { Attribute } from "./saved-model-messages.ts";
import type { Tape } from "./tape.ts";

/**
 * TensorFlow's operations, each with the gradient nodes that TensorFlow's own Python library gives it
 * (tensorflow/python/ops/*_grad.py). All compute in the tape's precision and take images as [image, height, width, channel]; `name`
 * is the output's.
 */

/** A node's shape, known when the graph runs. */
const shapeOf = ({ graph, floats }: Tape, node: string, name: string): string =>
  graph.node("Shape", [node], { ...floats, out_type: attribute.type("int32") }, name);

/** Runs once, however often it is asked: several gradients may be outputs of one node. */
function once(write: () => string): () => string {
  let node: string | undefined;
  return () => (node ??= write());
}

export interface ConvolutionAttributes {
  isDepthwise: boolean;
  stride: number;
  /** `padding` and, where it is EXPLICIT, `explicit_paddings`. */
  padding: Record<string, Attribute>;
}

/** @param filter [height, width, input, output], or [height, width, channel, 1] for a depthwise convolution */
export function convolve(
  tape: Tape,
  [image, filter]: [image: string, filter: string],
  { isDepthwise, stride, padding }: ConvolutionAttributes,
  name: string,
): string {
  const { graph, floats } = tape;
  const attributes = { ...floats, strides: attribute.integers([1, stride, stride, 1]), ...padding };
  const op = isDepthwise ? "DepthwiseConv2dNative" : "Conv2D";
  return tape.record(graph.node(op, [image, filter], attributes, name), [
    [
      image,
      (gradient) => {
        const inputs = [shapeOf(tape, image, `${name}/image-shape`), filter, gradient];
        return graph.node(`${op}BackpropInput`, inputs, attributes, `${name}/image-gradient`);
      },
    ],
    [
      filter,
      (gradient) => {
        const inputs = [image, shapeOf(tape, filter, `${name}/filter-shape`), gradient];
        return graph.node(`${op}BackpropFilter`, inputs, attributes, `${name}/filter-gradient`);
      },
    ],
  ]);
}

/** Zeros around each image, the same number on every side. */
export function pad(tape: Tape, image: string, sizePx: number, name: string): string {
  const { graph, floats } = tape;
  const sides = graph.integers(`${name}/sides`, [4, 2], [0, 0, sizePx, sizePx, sizePx, sizePx, 0, 0]);
  const output = graph.node("Pad", [image, sides], { ...floats, Tpaddings: attribute.type("int32") }, name);
  return tape.record(output, [
    [
      image,
      (gradient) => {
        const begin = graph.integers(`${name}/begin`, [4], [0, sizePx, sizePx, 0]);
        const inputs = [gradient, begin, shapeOf(tape, image, `${name}/image-shape`)];
        return graph.node("Slice", inputs, { ...floats, Index: attribute.type("int32") }, `${name}/image-gradient`);
      },
    ],
  ]);
}

export interface Normalised {
  image: string;
  /** The running statistics moved towards the batch's: PyTorch's momentum .1, the variance unbiased. */
  mean: string;
  variance: string;
}

/**
 * Batch normalisation. With the batch's statistics the running ones are only moved; without, they are what is divided by.
 *
 * @param parameters [channel] each
 */
export function normalise(
  tape: Tape,
  image: string,
  parameters: { scale: string; shift: string; mean: string; variance: string },
  { epsilon, usesBatch }: { epsilon: number; usesBatch: boolean },
  name: string,
): Normalised {
  const { graph, floats } = tape;
  const { scale, shift, mean, variance } = parameters;
  const common = {
    ...floats,
    U: attribute.type("float32"),
    epsilon: attribute.float(epsilon),
    is_training: attribute.boolean(usesBatch),
  };
  const inputs = [image, scale, shift, mean, variance];
  const attributes = { ...common, exponential_avg_factor: attribute.float(usesBatch ? 0.1 : 1) };
  const output = graph.node("FusedBatchNormV3", inputs, attributes, name);
  const statistics = usesBatch ? [`${name}:3`, `${name}:4`] : [mean, variance];
  let outputGradient = "";
  const gradients = once(() =>
    graph.node(
      "FusedBatchNormGradV3",
      [outputGradient, image, scale, ...statistics, `${name}:5`],
      common,
      `${name}/gradients`,
    ),
  );
  const backward =
    (suffix: string) =>
    (gradient: string): string => {
      outputGradient = gradient;
      return gradients() + suffix;
    };
  tape.record(output, [
    [image, backward("")],
    [scale, backward(":1")],
    [shift, backward(":2")],
  ]);
  return { image: output, mean: `${name}:1`, variance: `${name}:2` };
}

/** Adds one number per channel or column. */
export function addBias(tape: Tape, [values, bias]: [values: string, bias: string], name: string): string {
  const { graph, floats } = tape;
  return tape.record(graph.node("BiasAdd", [values, bias], floats, name), [
    [values, (gradient) => gradient],
    [bias, (gradient) => graph.node("BiasAddGrad", [gradient], floats, `${name}/bias-gradient`)],
  ]);
}

export function activate(tape: Tape, values: string, activation: "relu" | "relu6", name: string): string {
  const { graph, floats } = tape;
  const op = activation === "relu" ? "Relu" : "Relu6";
  return tape.record(graph.node(op, [values], floats, name), [
    [values, (gradient) => graph.node(`${op}Grad`, [gradient, name], floats, `${name}/gradient`)],
  ]);
}

/** The sum of two nodes of one shape. */
export function add(tape: Tape, [one, other]: [one: string, other: string], name: string): string {
  const same = (gradient: string): string => gradient;
  return tape.record(tape.graph.node("AddV2", [one, other], tape.floats, name), [
    [one, same],
    [other, same],
  ]);
}

/** The largest value of each window; what is padded never is. */
export function maxPool(
  tape: Tape,
  image: string,
  { kernelSize, stride, padding }: { kernelSize: number; stride: number; padding: Record<string, Attribute> },
  name: string,
): string {
  const { graph, floats } = tape;
  const attributes = {
    ...floats,
    ksize: attribute.integers([1, kernelSize, kernelSize, 1]),
    strides: attribute.integers([1, stride, stride, 1]),
    ...padding,
  };
  return tape.record(graph.node("MaxPool", [image], attributes, name), [
    [image, (gradient) => graph.node("MaxPoolGrad", [image, name, gradient], attributes, `${name}/image-gradient`)],
  ]);
}

/** Each channel's mean: [image, height, width, channel] to [image, channel]. */
export function averagePool(tape: Tape, image: string, name: string): string {
  const { graph, floats } = tape;
  const axes = graph.integers(`${name}/axes`, [2], [1, 2]);
  const attributes = { ...floats, Tidx: attribute.type("int32"), keep_dims: attribute.boolean(false) };
  return tape.record(graph.node("Mean", [image, axes], attributes, name), [
    [
      image,
      (gradient) => {
        const count = (node: string, title: string): string => {
          const size = graph.node("Size", [node], { ...floats, out_type: attribute.type("int32") }, `${title}/integer`);
          const cast = { SrcT: attribute.type("int32"), DstT: attribute.type("float32") };
          return graph.node("Cast", [size], cast, title);
        };
        const counts = [count(gradient, `${name}/gradient-size`), count(image, `${name}/image-size`)];
        const share = graph.node("RealDiv", counts, floats, `${name}/share`);
        const shared = graph.node("Mul", [gradient, share], floats, `${name}/shared`);
        const place = graph.integers(`${name}/pixel-axis`, [], [1]);
        const widen = { ...floats, Tdim: attribute.type("int32") };
        const rows = graph.node("ExpandDims", [shared, place], widen, `${name}/rows`);
        const pixels = graph.node("ExpandDims", [rows, place], widen, `${name}/pixels`);
        const broadcast = { ...floats, Tidx: attribute.type("int32") };
        const shape = shapeOf(tape, image, `${name}/image-shape`);
        return graph.node("BroadcastTo", [pixels, shape], broadcast, `${name}/image-gradient`);
      },
    ],
  ]);
}

/** rows x transposed weight: [row, input] and [output, input] to [row, output]. */
export function connect(tape: Tape, [rows, weight]: [rows: string, weight: string], name: string): string {
  const { graph, floats } = tape;
  const product = (inputs: string[], [a, b]: [boolean, boolean], title: string): string => {
    const attributes = { ...floats, transpose_a: attribute.boolean(a), transpose_b: attribute.boolean(b) };
    return graph.node("MatMul", inputs, attributes, title);
  };
  return tape.record(product([rows, weight], [false, true], name), [
    [rows, (gradient) => product([gradient, weight], [false, false], `${name}/rows-gradient`)],
    [weight, (gradient) => product([gradient, rows], [true, false], `${name}/weight-gradient`)],
  ]);
}

/** A constant matrix [n, m] times each of a batch [image, m, column]: [image, n, column]. */
export function multiplyEach(tape: Tape, matrix: string, batch: string, name: string): string {
  const { graph, floats } = tape;
  const product = (other: string, isTransposed: boolean, title: string): string => {
    const attributes = { ...floats, adj_x: attribute.boolean(isTransposed), adj_y: attribute.boolean(false) };
    return graph.node("BatchMatMulV2", [matrix, other], attributes, title);
  };
  return tape.record(product(batch, false, name), [[batch, (gradient) => product(gradient, true, `${name}/gradient`)]]);
}

/** Elements times a mask of the same shape, which has no gradient: dropout. */
export function mask(tape: Tape, values: string, factors: string, name: string): string {
  const { graph, floats } = tape;
  return tape.record(graph.node("Mul", [values, factors], floats, name), [
    [values, (gradient) => graph.node("Mul", [gradient, factors], floats, `${name}/gradient`)],
  ]);
}

/** @param shape one size may be -1 */
export function reshape(tape: Tape, values: string, shape: readonly number[], name: string): string {
  const { graph, floats } = tape;
  const attributes = { ...floats, Tshape: attribute.type("int32") };
  const sizes = graph.integers(`${name}/shape`, [shape.length], [...shape]);
  return tape.record(graph.node("Reshape", [values, sizes], attributes, name), [
    [
      values,
      (gradient) =>
        graph.node(
          "Reshape",
          [gradient, shapeOf(tape, values, `${name}/values-shape`)],
          attributes,
          `${name}/gradient`,
        ),
    ],
  ]);
}

/** [image, height, width, channel] to [image, channel, height, width], PyTorch's order. */
export function channelsFirst(tape: Tape, image: string, name: string): string {
  const { graph, floats } = tape;
  const transpose = (input: string, order: number[], title: string): string => {
    const attributes = { ...floats, Tperm: attribute.type("int32") };
    return graph.node("Transpose", [input, graph.integers(`${title}/order`, [4], order)], attributes, title);
  };
  return tape.record(transpose(image, [0, 3, 1, 2], name), [
    [image, (gradient) => transpose(gradient, [0, 2, 3, 1], `${name}/gradient`)],
  ]);
}
