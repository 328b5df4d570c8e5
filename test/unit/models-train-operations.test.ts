import assert from "node:assert/strict";
import { loadTensorFlow, type TensorFlow } from "@mammoflow/models";
import { createRandom } from "@mammoflow/runtime";
import { encodeGraph, tensorFacts } from "../../packages/models/src/graph/encode-graph.ts";
import { attribute, createGraphBuilder } from "../../packages/models/src/graph/graph-builder.ts";
import { type FedTensor, loadGraph } from "../../packages/models/src/graph/load-graph.ts";
import { createGraphInputs } from "../../packages/models/src/training/graph/graph-inputs.ts";
import * as operations from "../../packages/models/src/graph/operations.ts";
import { createTape, type Tape } from "../../packages/models/src/graph/tape.ts";
import { relativeError } from "../support/formula-weights.ts";

type Tensor = ReturnType<TensorFlow["tensor"]>;
type Image = ReturnType<TensorFlow["tensor4d"]>;
type Matrix = ReturnType<TensorFlow["tensor2d"]>;

/** An operation written as graph nodes, and as TensorFlow.js computes and differentiates it. */
interface Case {
  inputs: Record<string, number[]>;
  write: (tape: Tape, nodes: string[]) => string;
  own: (tf: TensorFlow, tensors: Tensor[]) => Tensor;
}

const valid = { padding: attribute.text("VALID") };
const same = { padding: attribute.text("SAME") };
const padded = (size: number) => ({
  padding: attribute.text("EXPLICIT"),
  explicit_paddings: attribute.integers([0, 0, size, size, size, size, 0, 0]),
});
const pair = (nodes: string[]): [string, string] => [nodes[0]!, nodes[1]!];
const around = (tf: TensorFlow, image: Tensor, size: number, value = 0): Image =>
  tf.pad(
    image as Image,
    [
      [0, 0],
      [size, size],
      [size, size],
      [0, 0],
    ],
    value,
  );

const image = [2, 7, 7, 3];
const cases: Record<string, Case> = {
  "a convolution padded as TensorFlow pads": {
    inputs: { image, filter: [3, 3, 3, 4] },
    write: (tape, nodes) =>
      operations.convolve(tape, pair(nodes), { isDepthwise: false, stride: 1, padding: same }, "out"),
    own: (tf, [x, filter]) => tf.conv2d(x as Image, filter as Image, 1, "same"),
  },
  "a convolution padded as PyTorch pads, at stride 2": {
    inputs: { image, filter: [3, 3, 3, 4] },
    write: (tape, nodes) =>
      operations.convolve(tape, pair(nodes), { isDepthwise: false, stride: 2, padding: padded(1) }, "out"),
    own: (tf, [x, filter]) => tf.conv2d(around(tf, x!, 1), filter as Image, 2, "valid"),
  },
  "a depthwise convolution": {
    inputs: { image, filter: [3, 3, 3, 1] },
    write: (tape, nodes) =>
      operations.convolve(tape, pair(nodes), { isDepthwise: true, stride: 1, padding: same }, "out"),
    own: (tf, [x, filter]) => tf.depthwiseConv2d(x as Image, filter as Image, 1, "same"),
  },
  "a depthwise convolution at stride 2 after padding": {
    inputs: { image, filter: [3, 3, 3, 1] },
    write: (tape, [x, filter]) => {
      const wide = operations.pad(tape, x!, 1, "wide");
      return operations.convolve(tape, [wide, filter!], { isDepthwise: true, stride: 2, padding: valid }, "out");
    },
    own: (tf, [x, filter]) => tf.depthwiseConv2d(around(tf, x!, 1), filter as Image, 2, "valid"),
  },
  "batch normalisation by the batch's statistics": {
    inputs: { image, scale: [3], shift: [3] },
    write: (tape, [x, scale, shift]) => {
      const [mean, variance] = [1, 2].map((n) => tape.graph.floats(`number-${n}`, [3], new Float32Array(3).fill(n)));
      const parameters = { scale: scale!, shift: shift!, mean: mean!, variance: variance! };
      return operations.normalise(tape, x!, parameters, { epsilon: 1e-3, usesBatch: true }, "out").image;
    },
    own: (tf, [x, scale, shift]) => {
      const { mean, variance } = tf.moments(x!, [0, 1, 2], true);
      return x!.sub(mean).div(variance.add(1e-3).sqrt()).mul(scale!).add(shift!);
    },
  },
  "batch normalisation by running statistics": {
    inputs: { image, scale: [3], shift: [3] },
    write: (tape, [x, scale, shift]) => {
      const [mean, variance] = [1, 2].map((n) => tape.graph.floats(`number-${n}`, [3], new Float32Array(3).fill(n)));
      const parameters = { scale: scale!, shift: shift!, mean: mean!, variance: variance! };
      return operations.normalise(tape, x!, parameters, { epsilon: 1e-3, usesBatch: false }, "out").image;
    },
    own: (_tf, [x, scale, shift]) =>
      x!
        .sub(1)
        .div(Math.sqrt(2 + 1e-3))
        .mul(scale!)
        .add(shift!),
  },
  "a bias of an image": {
    inputs: { image, bias: [3] },
    write: (tape, nodes) => operations.addBias(tape, pair(nodes), "out"),
    own: (_tf, [x, bias]) => x!.add(bias!),
  },
  ReLU: {
    inputs: { image },
    write: (tape, [x]) => operations.activate(tape, x!, "relu", "out"),
    own: (tf, [x]) => tf.relu(x!),
  },
  ReLU6: {
    inputs: { image },
    write: (tape, [x]) => operations.activate(tape, x!, "relu6", "out"),
    own: (tf, [x]) => tf.relu6(x!),
  },
  "a sum in which one image counts twice": {
    inputs: { image, other: image },
    write: (tape, [x, other]) => operations.add(tape, [operations.add(tape, [x!, other!], "sum"), x!], "out"),
    own: (_tf, [x, other]) => x!.add(other!).add(x!),
  },
  "a padded maximum pool": {
    inputs: { image },
    write: (tape, [x]) => operations.maxPool(tape, x!, { kernelSize: 3, stride: 2, padding: padded(1) }, "out"),
    own: (tf, [x]) => tf.maxPool(around(tf, x!, 1, -1e30), 3, 2, "valid"),
  },
  "the mean of an image": {
    inputs: { image },
    write: (tape, [x]) => operations.averagePool(tape, x!, "out"),
    own: (_tf, [x]) => x!.mean([1, 2]),
  },
  "a dense layer": {
    inputs: { rows: [5, 4], weight: [3, 4] },
    write: (tape, nodes) => operations.connect(tape, pair(nodes), "out"),
    own: (tf, [x, weight]) => tf.matMul(x as Matrix, weight as Matrix, false, true),
  },
  "a matrix before each of a batch": {
    inputs: { batch: [2, 3, 4] },
    write: (tape, [x]) => {
      const matrix = tape.graph.floats("matrix", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
      return operations.multiplyEach(tape, matrix, x!, "out");
    },
    own: (tf, [x]) => tf.matMul(tf.tile(tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 2, 3]), [2, 1, 1]), x!),
  },
  "dropout's factors": {
    inputs: { rows: [3, 2] },
    write: (tape, [x]) => {
      const factors = tape.graph.floats("factors", [3, 2], Float32Array.of(0, 2, 2, 0, 2, 2));
      return operations.mask(tape, x!, factors, "out");
    },
    own: (tf, [x]) => x!.mul(tf.tensor2d([0, 2, 2, 0, 2, 2], [3, 2])),
  },
  "an image as one row, channel by channel": {
    inputs: { image },
    write: (tape, [x]) => operations.reshape(tape, operations.channelsFirst(tape, x!, "first"), [-1, 7 * 7 * 3], "out"),
    own: (tf, [x]) => tf.transpose(x!, [0, 3, 1, 2]).reshape([-1, 7 * 7 * 3]),
  },
};

describe("operations with gradients", function () {
  this.timeout(30_000);
  let tf: TensorFlow;
  before(async () => {
    tf = await loadTensorFlow();
  });

  for (const [name, { inputs, write, own }] of Object.entries(cases))
    it(`${name}: output and gradients are TensorFlow.js's`, async () => {
      const random = createRandom(3);
      const draw = (shape: readonly number[], spread: number): FedTensor => ({
        shape,
        data: Float32Array.from(
          { length: shape.reduce((product, size) => product * size, 1) },
          () => spread * (2 * random.uniform() - 1),
        ),
      });
      const fed = Object.fromEntries(Object.entries(inputs).map(([input, shape]) => [input, draw(shape, 8)]));
      const tensors = Object.values(fed).map(({ shape, data }) => tf.tensor(data, [...shape]));
      const wanted = own(tf, tensors);
      const gradient = draw(wanted.shape, 1);
      const wantedGradients = tf.grads((...given: Tensor[]) => own(tf, given))(
        tensors,
        tf.tensor(gradient.data, wanted.shape),
      );

      const graph = createGraphBuilder();
      const tape = createTape(graph);
      const declared = createGraphInputs(graph, "given");
      const nodes = Object.entries(inputs).map(([input, shape]) => declared.declare(input, shape));
      for (const node of nodes) tape.watch(node);
      const output = write(tape, nodes);
      const gradients = tape.gradients(output, declared.declare("gradient", wanted.shape));
      // A gradient may be the very node that is fed.
      const outputs = [output, ...nodes.map((node) => gradients.get(node)!)].map((node, index) => {
        const copy = graph.node("Identity", [node], { T: attribute.type("float32") }, `result/${index}`);
        return [String(index), tensorFacts(copy, "float32", [])] as const;
      });
      const loaded = await loadGraph(
        encodeGraph(graph.nodes, { run: { inputs: declared.facts, outputs: Object.fromEntries(outputs) } }),
        ["run"],
      );
      const results = loaded.run("run", { ...fed, gradient });
      loaded.close();
      for (const [index, tensor] of [wanted, ...wantedGradients].entries()) {
        const error = relativeError(results[index]!, tensor.dataSync());
        assert.ok(error < 1e-5, `${index === 0 ? "output" : Object.keys(inputs)[index - 1]}: ${error}`);
      }
      tf.dispose([...tensors, wanted, ...wantedGradients]);
    });

  it("writes no gradient where nothing is watched", () => {
    const graph = createGraphBuilder();
    const tape = createTape(graph);
    const [x, y] = [graph.floats("x", [1], Float32Array.of(1)), graph.floats("y", [1], Float32Array.of(2))];
    tape.watch(y);
    const output = operations.activate(tape, x, "relu", "out");
    const before = graph.nodes.length;
    assert.equal(tape.gradients(output, x).size, 0);
    assert.equal(graph.nodes.length, before);
  });
});
