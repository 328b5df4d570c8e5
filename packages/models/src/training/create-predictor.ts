import { setImmediate as nextTurn } from "node:timers/promises";
import { type Backbone, backbones } from "../backbones.ts";
import { encodeGraph, tensorFacts } from "../graph/encode-graph.ts";
import { createGraphBuilder } from "../graph/graph-builder.ts";
import { loadGraph } from "../graph/load-graph.ts";
import { ModelsError } from "../models-error.ts";
import { elementCount, type StateDict, type Tensor } from "../state-dict.ts";
import { constantTensors } from "../graph/frozen-tensors.ts";
import { foldedTensors } from "../graph/folded-tensors.ts";
import { createGraphInputs } from "./graph/graph-inputs.ts";
import { createTape } from "../graph/tape.ts";
import { declareVariable } from "./graph/variables.ts";
import { writeImages } from "./graph/write-images.ts";
import { writeLayers } from "../graph/write-layers.ts";
import { writeRestore } from "./graph/write-restore.ts";
import { malignantProbabilities } from "./malignant-probabilities.ts";
import { layersOfPart } from "./part-layers.ts";
import { type ModelFile, readModel } from "./trained-model.ts";

export interface PredictorOptions {
  /** A trained model's file. */
  model: Uint8Array;
  /** The backbone's weights, for what was not trained; a head on features needs none. */
  weights: StateDict;
  /**
   * What it is given: as `Examples` of the trained part have it (features, or activations before the last block), or grey images
   * [size, size] for any part.
   */
  exampleShape: readonly number[];
}

export interface Predictor {
  readonly outputs: number;
  /** @param examples float32 [n, ...exampleShape], images as grey values 0..255; @returns [n] probabilities of being malignant */
  predict(examples: Float32Array): Promise<Float32Array>;
  /** The same before the probabilities: [n, output]. */
  logits(examples: Float32Array): Promise<Float32Array>;
  close(): void;
}

/** What goes through the network at once: more is no faster and takes more memory. */
const examplesPerStep = 32;

/**
 * A trained model ready to predict, batch normalisation folded into its convolutions.
 *
 * @throws ModelsError (`MODEL_INVALID`), WEIGHTS_MISMATCH when backbone and model do not fit, (`EXAMPLES_MISFIT`)
 */
export async function createPredictor({ model: bytes, weights, exampleShape }: PredictorOptions): Promise<Predictor> {
  return createPredictorOf(readModel(bytes), weights, exampleShape);
}

/** The same of a model that is at hand. */
export async function createPredictorOf(
  model: Pick<ModelFile, "backbone" | "part" | "outputs" | "tensors">,
  weights: StateDict,
  exampleShape: readonly number[],
): Promise<Predictor> {
  const backbone = backbones[model.backbone];
  const { outputs } = model;
  const written = writePredictionGraph(backbone, model, new Map([...weights, ...model.tensors]), exampleShape);
  const graph = await loadGraph(written.bytes, ["restore", "predict"]);
  graph.run("restore", Object.fromEntries(written.large));
  const length = elementCount(exampleShape);
  const logits = async (examples: Float32Array): Promise<Float32Array> => {
    const count = examples.length / length;
    if (!Number.isInteger(count))
      throw new ModelsError({
        code: "EXAMPLES_MISFIT",
        message: `${examples.length} numbers are not a whole number of examples of ${exampleShape.join(" x ")}.`,
      });
    const all = new Float32Array(count * outputs);
    for (let start = 0; start < count; start += examplesPerStep) {
      if (start > 0) await nextTurn(); // lets the process answer its parent between two steps
      const data = examples.subarray(start * length, Math.min(count, start + examplesPerStep) * length);
      const { logits: some } = graph.run("predict", {
        examples: { shape: [data.length / length, ...exampleShape], data },
      });
      all.set(some ?? [], start * outputs);
    }
    return all;
  };
  return {
    outputs,
    logits,
    predict: async (examples) => malignantProbabilities(await logits(examples), outputs),
    close: () => graph.close(),
  };
}

/** Tensors from here on are not written into the graph, of which TensorFlow makes several copies while it loads, but set once. */
const largeBytes = 1_000_000;

/** Two sizes are an image's: the whole network is computed. Otherwise what begins at the trained part's input. */
function writePredictionGraph(
  { architecture, input }: Backbone,
  { part, outputs }: Pick<ModelFile, "part" | "outputs">,
  stateDict: StateDict,
  exampleShape: readonly number[],
): { bytes: Uint8Array; large: StateDict } {
  const takesImages = exampleShape.length === 2;
  const { layers, input: given } = layersOfPart(architecture, takesImages ? "all" : part, outputs);
  const graph = createGraphBuilder();
  const inputs = createGraphInputs(graph, "predict");
  const examples = inputs.declare("examples", [-1, ...exampleShape]);
  const tensors = [...foldedTensors(layers, stateDict)];
  const isLarge = ([, { data }]: [string, Tensor]): boolean => data.byteLength >= largeBytes;
  const large = tensors.filter(isLarge);
  const variables = large.map(([name, { shape }]) => declareVariable(graph, name, shape));
  const nodes = new Map([
    ...tensors
      .filter((tensor) => !isLarge(tensor))
      .map(([name, { shape, data }]) => [name, graph.floats(`constant/${name}`, shape, data)] as const),
    ...variables.map(({ name, value }) => [name, value] as const),
  ]);
  const image = takesImages
    ? writeImages(graph, examples, exampleShape, input)
    : { name: given, node: examples, shape: exampleShape };
  const tensorsOf = constantTensors((name) => nodes.get(name) ?? name);
  const { output: logits } = writeLayers(createTape(graph), layers, image, tensorsOf);
  const bytes = encodeGraph(graph.nodes, {
    restore: writeRestore(graph, variables),
    predict: { inputs: inputs.facts, outputs: { logits: tensorFacts(logits, "float32", [-1, outputs]) } },
  });
  return { bytes, large: new Map(large) };
}
