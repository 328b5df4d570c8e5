import type { Backbone, BackboneName, StateDict } from "@mammoflow/models";
import { backbones } from "@mammoflow/models";
import { parametersOf } from "../../packages/models/src/architectures/parameters.ts";
import { encodeGraph, tensorFacts } from "../../packages/models/src/graph/encode-graph.ts";
import { createGraphBuilder } from "../../packages/models/src/graph/graph-builder.ts";
import { loadGraph } from "../../packages/models/src/graph/load-graph.ts";
import type { Batch } from "../../packages/models/src/training/batches.ts";
import { frozenTensors } from "../../packages/models/src/graph/frozen-tensors.ts";
import { createGraphInputs } from "../../packages/models/src/training/graph/graph-inputs.ts";
import { createTape } from "../../packages/models/src/graph/tape.ts";
import { writeImages } from "../../packages/models/src/training/graph/write-images.ts";
import { writeLayers } from "../../packages/models/src/graph/write-layers.ts";
import { formulaImage, formulaWeights } from "./formula-weights.ts";

const [rows, side, outputs] = [4, 64, 2];

/** The weights of test/goldens/train-steps.py: the formula's, moved away from the activations' kinks, and two outputs. */
export function calmWeights(name: BackboneName): StateDict {
  const { logitsLayer, featureLength } = backbones[name].architecture;
  const weights = formulaWeights(name);
  for (const { name: parameter, shape, role } of parametersOf(backbones[name].architecture)) {
    const { data } = weights.get(parameter)!;
    if (parameter === `${logitsLayer}.weight`)
      weights.set(parameter, { shape: [outputs, featureLength], data: data.slice(0, outputs * featureLength) });
    else if (parameter === `${logitsLayer}.bias`)
      weights.set(parameter, { shape: [outputs], data: data.slice(0, outputs) });
    else if (role === "scale") weights.set(parameter, { shape, data: data.map((value) => Math.fround(0.3) * value) });
    else if (role === "shift" || role === "bias")
      weights.set(parameter, { shape, data: data.map((value) => value + 1.8) });
  }
  return weights;
}

/** Four images, cut from one from a column on, [row, side, side]. */
export function stepImages(column: number): Float32Array {
  const whole = formulaImage(rows * side);
  const images = new Float32Array(rows * side * side);
  for (let image = 0; image < rows; image++)
    for (let y = 0; y < side; y++) {
      const start = (side * image + y) * rows * side + column;
      images.set(whole.subarray(start, start + side), (image * side + y) * side);
    }
  return images;
}

/** The batch of a step, its examples being given. */
export function stepBatch(step: number, examples: Float32Array): Batch {
  const labels = [0, 1, 0, (step + 1) % 2];
  return {
    rows,
    stepRows: rows,
    endsStep: true,
    examples,
    targets: Float32Array.from(labels.flatMap((label) => [1 - label, label])),
    rowWeights: new Float32Array(rows).fill(1 / (outputs * rows)),
    dropout: new Map(),
  };
}

/** What a frozen network says at the layer where it is cut, of the images from a column on. */
export async function activationsAtCut(
  { architecture, input }: Backbone,
  weights: StateDict,
  cut: string,
): Promise<{ shape: number[]; examples: (column: number) => Float32Array }> {
  const graph = createGraphBuilder();
  const inputs = createGraphInputs(graph, "cut");
  const layers = architecture.layers.slice(0, architecture.layers.findIndex(({ name }) => name === cut) + 1);
  const images = inputs.declare("images", [-1, side, side]);
  const given = writeImages(graph, images, [side, side], input);
  const { output: node } = writeLayers(createTape(graph), layers, given, frozenTensors(graph, layers, weights));
  const outputs = { activations: tensorFacts(node, "float32", [-1, -1, -1, -1]) };
  const loaded = await loadGraph(encodeGraph(graph.nodes, { run: { inputs: inputs.facts, outputs } }), ["run"]);
  const examples = (column: number): Float32Array =>
    loaded.run("run", { images: { shape: [rows, side, side], data: stepImages(column) } })["activations"]!;
  const channels = weights.get(`${layers.findLast(({ kind }) => kind === "convolution")!.name}.weight`)!.shape[0]!;
  const sidePx = Math.sqrt(examples(0).length / rows / channels);
  return { shape: [sidePx, sidePx, channels], examples };
}
