import { setImmediate } from "node:timers/promises";
import { imageShapes } from "./architectures/image-shapes.ts";
import type { Architecture } from "./architectures/layers.ts";
import type { BackboneName } from "./backbone-names.ts";
import { backbones } from "./backbones.ts";
import { flipVariants, type FlipVariant } from "./features.ts";
import { loadSavedModel } from "./graph/load-graph.ts";
import type { Precision } from "./graph/write-network.ts";
import { stageOutput, writeSavedModel } from "./graph/write-saved-model.ts";
import { loadTensorFlow } from "./load-tensorflow.ts";
import { ModelsError } from "./models-error.ts";
import type { StateDict, Tensor } from "./state-dict.ts";

export type ExtractorOptions = {
  backbone: BackboneName;
  stateDict: StateDict;
  /** Side of the square images, at least 32. */
  sizePx: number;
  /** In what the network computes; float32 unless it says otherwise. Features are float32 in both. */
  precision?: Precision;
} & (
  | {
      /** All four flip variants of each image. */
      flips: true;
      stages?: never;
    }
  | {
      /** The image as it is. */
      flips: false;
      /** Stages of the architecture whose activations are wanted too. */
      stages?: readonly string[];
    }
);

/** What a backbone says about a batch. */
export interface Extraction {
  /** [n, variants, featureLength] */
  features: Float32Array;
  /** [n, variants, classes] of the classifier that was trained with the backbone; undefined where the weights have none. */
  logits: Float32Array | undefined;
  /** The asked stages by layer name, [n, height, width, channels]. */
  stages: Map<string, Tensor>;
}

export interface Extractor {
  readonly variants: readonly FlipVariant[];
  readonly featureLength: number;
  /** The features of a batch of grey images, uint8 [n, size, size]: [n, variants, featureLength]. Blocks the thread
   * for about a second at a time. */
  extract(images: Uint8Array): Promise<Float32Array>;
  /** The same with the classifier's outputs. */
  run(images: Uint8Array): Promise<Extraction>;
  /** Frees the network's memory. */
  close(): Promise<void>;
}

/** What goes through the network at once at most: more is no faster and takes more memory (measured on two cores at 256 px). */
const mostPerStep = 32;

/** Size of the largest activations of one step: 32 images of ResNet-18 at 256 px, 8 of VGG-16, more of which take longer each. */
const stepActivationBytes = 2 ** 27;

function variantsPerStep(architecture: Architecture, sizePx: number): number {
  const shapes = [...imageShapes(architecture, sizePx).values()];
  const largest = Math.max(...shapes.map(({ sidePx, channels }) => 4 * sidePx ** 2 * channels));
  return Math.min(mostPerStep, Math.max(1, Math.floor(stepActivationBytes / largest)));
}

/**
 * Weights from here on are fed to the graph, which then loads in a tenth of the time and takes a fifth of the memory with VGG-16,
 * and runs as fast within 4 % (measured); the many small ones are better inside it.
 */
const feedFromBytes = 1_000_000;

type Outputs = Record<string, import("@tensorflow/tfjs-node").Tensor>;

/**
 * A backbone ready to turn grey images into features: written as a TensorFlow graph into a temporary folder and loaded from it.
 *
 * @throws ModelsError WEIGHTS_MISMATCH when the weights are of another architecture, STAGE_UNKNOWN, TENSORFLOW_MISSING when it is not set up
 */
export async function createExtractor({
  backbone: name,
  stateDict,
  sizePx,
  precision = "float32",
  flips,
  stages = [],
}: ExtractorOptions): Promise<Extractor> {
  const backbone = backbones[name];
  const { featureLength } = backbone;
  const variants: readonly FlipVariant[] = flips ? flipVariants : ["none"];
  if (!Number.isInteger(sizePx) || sizePx < 32)
    throw wrongImages(`images of ${sizePx} px are too small for ${backbone.title}; use 32 px or more`);
  const tf = await loadTensorFlow();
  const imageBytes = sizePx * sizePx;
  const imagesPerStep = Math.max(1, Math.floor(variantsPerStep(backbone.architecture, sizePx) / variants.length));
  const graph = writeSavedModel({ backbone, stateDict, sizePx, variants, precision, stages, feedFromBytes });
  const { hasLogits } = graph;
  const [model] = (await loadSavedModel(tf, graph.bytes, ["serving_default"])).values();
  const fed = Object.fromEntries(
    [...graph.fed].map(([name, { data, shape, dtype }]) => [name, tf.tensor(data, shape, dtype)]),
  );

  const runStep = (images: Uint8Array): Map<string, Tensor> => {
    const batch = tf.tensor3d(images, [images.length / imageBytes, sizePx, sizePx], "int32");
    try {
      // A named input gives named outputs (tfjs-node's TFSavedModel.predict), which the declared type leaves open.
      const outputs = model?.predict({ ...fed, images: batch }) as Outputs;
      const step = new Map(
        Object.entries(outputs).map(([name, output]) => [
          name,
          { shape: output.shape, data: output.dataSync<"float32">() },
        ]),
      );
      tf.dispose(outputs);
      return step;
    } finally {
      batch.dispose();
    }
  };
  const run = async (images: Uint8Array): Promise<Extraction> => {
    if (images.length % imageBytes !== 0)
      throw wrongImages(`${images.length} bytes are not a whole number of ${sizePx} x ${sizePx} px grey images`);
    const stepBytes = imageBytes * imagesPerStep;
    const steps: Map<string, Tensor>[] = [];
    for (let start = 0; start < images.length; start += stepBytes) {
      if (start > 0) await setImmediate(); // lets the process answer its parent between two steps
      steps.push(runStep(images.subarray(start, start + stepBytes)));
    }
    const outputOf = (name: string): Tensor => joined(steps.flatMap((step) => step.get(name) ?? []));
    return {
      features: outputOf("features").data,
      logits: hasLogits ? outputOf("logits").data : undefined,
      stages: new Map(stages.map((stage) => [stage, outputOf(stageOutput(stage))])),
    };
  };
  return {
    variants,
    featureLength,
    run,
    extract: async (images) => (await run(images)).features,
    close: async () => {
      tf.dispose(fed);
      model?.dispose();
    },
  };
}

/** The batches of one output, one after the other along the first axis. */
function joined(parts: readonly Tensor[]): Tensor {
  const images = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const data = new Float32Array(parts.reduce((length, part) => length + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { shape: [images, ...(parts[0]?.shape.slice(1) ?? [])], data };
}

function wrongImages(what: string): ModelsError {
  return new ModelsError({ code: "IMAGES_MISFIT", message: `Features cannot be taken: ${what}.` });
}
