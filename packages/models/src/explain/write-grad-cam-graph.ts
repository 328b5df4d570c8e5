import { imageShapes } from "../architectures/image-shapes.ts";
import type { Backbone } from "../backbones.ts";
import { encodeGraph, tensorFacts } from "../graph/encode-graph.ts";
import { attribute, createGraphBuilder } from "../graph/graph-builder.ts";
import type { StateDict } from "../state-dict.ts";
import { constantTensors, frozenTensors } from "../graph/frozen-tensors.ts";
import { createGraphInputs } from "../training/graph/graph-inputs.ts";
import { createTape } from "../graph/tape.ts";
import { writeImages } from "../training/graph/write-images.ts";
import { writeLayers } from "../graph/write-layers.ts";
import { layersOfPart } from "../training/part-layers.ts";

export interface GradCamGraphOptions {
  backbone: Backbone;
  /** The network's tensors; those of the classifier are not looked at. */
  stateDict: StateDict;
  outputs: 1 | 2;
  /** Side of the square images. */
  sizePx: number;
}

export interface GradCamGraph {
  bytes: Uint8Array;
  /** The largest weights, which the signature takes beside its other inputs. */
  weights: Record<string, { shape: number[]; data: Float32Array }>;
}

/** Weights from here on are fed: inside a graph TensorFlow copies them several times while it loads, VGG-16's for minutes. */
const feedFromBytes = 1_000_000;
const floats = { T: attribute.type("float32") };

/**
 * A network with its Grad-CAM maps as a SavedModel (Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391, equations 1 and 2):
 * the gradient of the malignant logit minus the benign one with respect to the last stage's output, averaged over positions,
 * weighs that output's channels. The sum's negative part is not cut off.
 *
 * Signature `explain`: `images` [n, size, size], 0..255, and the classifier's `weight` and `bias` to `logits` [n, output] and
 * `maps` [n, side, side]. As the classifier is an input, one network serves all that stand on it, and random ones.
 *
 * @throws ModelsError WEIGHTS_MISMATCH when the weights are of another architecture
 */
export function writeGradCamGraph({ backbone, stateDict, outputs, sizePx }: GradCamGraphOptions): GradCamGraph {
  const { architecture } = backbone;
  const { layers, logitsLayer } = layersOfPart(architecture, "all", outputs);
  const graph = createGraphBuilder({ feedFromBytes });
  const tape = createTape(graph);
  const inputs = createGraphInputs(graph, "explain");
  const images = inputs.declare("images", [-1, sizePx, sizePx]);
  const classifier = new Map([
    [`${logitsLayer}.weight`, inputs.declare("weight", [outputs, architecture.featureLength])],
    [`${logitsLayer}.bias`, inputs.declare("bias", [outputs])],
  ]);
  const network = layers.filter(({ name }) => name !== logitsLayer);
  const { valueOf } = frozenTensors(graph, network, stateDict);
  const tensors = constantTensors((name) => classifier.get(name) ?? valueOf(name));

  const stage = architecture.stages.at(-1) ?? "";
  const end = 1 + layers.findIndex(({ name }) => name === stage);
  const given = writeImages(graph, images, [sizePx, sizePx], backbone.input);
  const { output: activation } = writeLayers(tape, layers.slice(0, end), given, tensors);
  tape.watch(activation);
  const { sidePx = 0, channels = 0 } = imageShapes(architecture, sizePx).get(stage) ?? {};
  const from = { name: stage, node: activation, shape: [sidePx, sidePx, channels] };
  const { output: logits } = writeLayers(tape, layers.slice(end), from, tensors);

  const signs = graph.floats("maps/signs", [outputs], Float32Array.of(...(outputs === 2 ? [-1, 1] : [1])));
  const zeros = graph.node("ZerosLike", [logits], floats, "maps/zeros");
  const evidence = graph.node("AddV2", [zeros, signs], floats, "maps/evidence");
  const gradient = tape.gradients(logits, evidence).get(activation) ?? activation;
  const reduction = { ...floats, Tidx: attribute.type("int32"), keep_dims: attribute.boolean(true) };
  const axes = graph.integers("maps/positions", [2], [1, 2]);
  const channelWeights = graph.node("Mean", [gradient, axes], reduction, "maps/weights");
  const weighed = graph.node("Mul", [activation, channelWeights], floats, "maps/weighed");
  const channelAxis = graph.integers("maps/channels", [1], [3]);
  const maps = graph.node("Sum", [weighed, channelAxis], { ...reduction, keep_dims: attribute.boolean(false) }, "maps");
  const weights: GradCamGraph["weights"] = {};
  for (const [name, tensor] of graph.fed) if (tensor.dtype === "float32") weights[name] = tensor;
  const weightFacts = Object.entries(weights).map(([name, { shape }]) => [name, tensorFacts(name, "float32", shape)]);
  const bytes = encodeGraph(graph.nodes, {
    explain: {
      inputs: { ...inputs.facts, ...Object.fromEntries(weightFacts) },
      outputs: {
        logits: tensorFacts(logits, "float32", [-1, outputs]),
        maps: tensorFacts(maps, "float32", [-1, sidePx, sidePx]),
      },
    },
  });
  return { bytes, weights };
}
