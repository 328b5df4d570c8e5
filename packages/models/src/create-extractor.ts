import { setImmediate } from "node:timers/promises";
import { imageShapes } from "./architectures/image-shapes.ts";
import type { Architecture } from "./architectures/layers.ts";
import type { BackboneName } from "./backbone-names.ts";
import { backbones } from "./backbones.ts";
import { flipVariants, type FlipVariant } from "./features.ts";
import type { Precision } from "./graph/graph-builder.ts";
import { loadSavedModel } from "./graph/load-graph.ts";
import { writeSavedModel } from "./graph/write-saved-model.ts";
import { loadTensorFlow } from "./load-tensorflow.ts";
import { ModelsError } from "./models-error.ts";
import { elementCount, type StateDict, type Tensor } from "./state-dict.ts";

export interface ExtractorOptions<Output extends string> {
  backbone: BackboneName;
  stateDict: StateDict;
  /** Side of the square images, at least 32. */
  sizePx: number;
  /** In what the network computes; float32 unless it says otherwise. Outputs are float32 in both. */
  precision?: Precision;
  /** All four flip variants of each image, or the image as it is. */
  flips: boolean;
  /**
   * What is asked of the network: `features`, `logits` of the classifier that was trained with it, layers whose output is an image.
   * Layers behind the last of them are not computed.
   */
  outputs: readonly Output[];
  /** For a few images it is ready in a third of the time; for many it is faster with each. */
  expects?: "many-images" | "few-images";
}

export interface Extractor<Output extends string> {
  readonly variants: readonly FlipVariant[];
  /**
   * What the network says about a batch of grey images, uint8 [n, size, size]. Blocks the thread for about a second at a time.
   *
   * @returns each output, [n, variants, ...its shape for one image]
   */
  extract(images: Uint8Array): Promise<Record<Output, Tensor>>;
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
 * Weights from here on, in bytes, are fed to the graph: with VGG-16's dense layers in it, it takes ten times as long to load and
 * five times the memory. Filters are better inside it, where TensorFlow brings them into its own order once instead of at every
 * step; that takes a second, which few images do not earn back.
 */
const feedFrom = { "many-images": 16_000_000, "few-images": 1_000_000 };

type Outputs = Record<string, import("@tensorflow/tfjs-node").Tensor>;

/**
 * A backbone ready to turn grey images into features: written as a TensorFlow graph into a temporary folder and loaded from it.
 *
 * @throws ModelsError WEIGHTS_MISMATCH when the weights are of another architecture, STAGE_UNKNOWN, TENSORFLOW_MISSING when it is not set up
 */
export async function createExtractor<const Output extends string>(
  options: ExtractorOptions<Output>,
): Promise<Extractor<Output>> {
  const { stateDict, sizePx, precision = "float32", outputs, expects = "many-images" } = options;
  const backbone = backbones[options.backbone];
  const variants: readonly FlipVariant[] = options.flips ? flipVariants : ["none"];
  if (!Number.isInteger(sizePx) || sizePx < 32)
    throw wrongImages(`images of ${sizePx} px are too small for ${backbone.title}; use 32 px or more`);
  const tf = await loadTensorFlow();
  const imageBytes = sizePx * sizePx;
  const imagesPerStep = Math.max(1, Math.floor(variantsPerStep(backbone.architecture, sizePx) / variants.length));
  const graph = writeSavedModel({
    backbone,
    stateDict,
    sizePx,
    variants,
    precision,
    outputs,
    feedFromBytes: feedFrom[expects],
  });
  const [model] = (await loadSavedModel(tf, graph.bytes, ["serving_default"])).values();
  const fed = Object.fromEntries(
    [...graph.fed].map(([name, { data, shape, dtype }]) => [name, tf.tensor(data, shape, dtype)]),
  );

  const runStep = (images: Uint8Array): Map<string, Tensor> => {
    const batch = tf.tensor3d(images, [images.length / imageBytes, sizePx, sizePx], "int32");
    try {
      // A named input gives named outputs (tfjs-node's TFSavedModel.predict), which the declared type leaves open.
      const given = model?.predict({ ...fed, images: batch }) as Outputs;
      const step = new Map(
        Object.entries(given).map(([name, tensor]) => [
          name,
          { shape: tensor.shape, data: tensor.dataSync<"float32">() },
        ]),
      );
      tf.dispose(given);
      return step;
    } finally {
      batch.dispose();
    }
  };
  return {
    variants,
    async extract(images) {
      if (images.length % imageBytes !== 0)
        throw wrongImages(`${images.length} bytes are not a whole number of ${sizePx} x ${sizePx} px grey images`);
      const stepBytes = imageBytes * imagesPerStep;
      const steps: Map<string, Tensor>[] = [];
      for (let start = 0; start < images.length; start += stepBytes) {
        if (start > 0) await setImmediate(); // lets the process answer its parent between two steps
        steps.push(runStep(images.subarray(start, start + stepBytes)));
      }
      const joint = outputs.map((output) => [output, joined(steps.flatMap((step) => step.get(output) ?? []))] as const);
      return Object.fromEntries(joint) as Record<Output, Tensor>; // its keys are the outputs
    },
    close: async () => {
      tf.dispose(fed);
      model?.dispose();
    },
  };
}

/** The batches of one output, one after the other along the first axis. */
function joined(parts: readonly Tensor[]): Tensor {
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first;
  const shape = [parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0), ...(first?.shape.slice(1) ?? [])];
  const data = new Float32Array(elementCount(shape));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { shape, data };
}

function wrongImages(what: string): ModelsError {
  return new ModelsError({ code: "IMAGES_MISFIT", message: `Features cannot be taken: ${what}.` });
}
