import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { messageOf } from "@mammoflow/runtime";
import type { BackboneName } from "./backbone-names.ts";
import { backbones } from "./backbones.ts";
import { flipVariants, type FlipVariant } from "./features.ts";
import { writeSavedModel } from "./graph/write-saved-model.ts";
import { loadTensorFlow, type TensorFlow } from "./load-tensorflow.ts";
import { ModelsError } from "./models-error.ts";
import type { StateDict } from "./state-dict.ts";

export interface ExtractorOptions {
  backbone: BackboneName;
  stateDict: StateDict;
  /** Side of the square images, at least 32. */
  sizePx: number;
  /** True for all four flip variants of each image, false for the image as it is. */
  flips: boolean;
}

/** What a backbone says about a batch. */
export interface Extraction {
  /** [n, variants, featureLength] */
  features: Float32Array;
  /** [n, variants, classes] of the classifier that was trained with the backbone; undefined where the weights have none. */
  logits: Float32Array | undefined;
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

/** What goes through the network at once: more is no faster and takes more memory (measured on two cores at 256 px). */
const variantsPerStep = 32;

type Outputs = {
  features: import("@tensorflow/tfjs-node").Tensor;
  logits?: import("@tensorflow/tfjs-node").Tensor;
};

/**
 * A backbone ready to turn grey images into features: written as a TensorFlow graph into a temporary folder and loaded from it.
 *
 * @throws ModelsError WEIGHTS_MISMATCH when the weights are of another architecture, TENSORFLOW_MISSING when it is not set up
 */
export async function createExtractor({
  backbone: name,
  stateDict,
  sizePx,
  flips,
}: ExtractorOptions): Promise<Extractor> {
  const backbone = backbones[name];
  const { featureLength } = backbone;
  const variants: readonly FlipVariant[] = flips ? flipVariants : ["none"];
  if (!Number.isInteger(sizePx) || sizePx < 32)
    throw wrongImages(`images of ${sizePx} px are too small for ${backbone.title}; use 32 px or more`);
  const tf = await loadTensorFlow();
  const imageBytes = sizePx * sizePx;
  const { bytes, hasLogits } = writeSavedModel({ backbone, stateDict, sizePx, variants });
  const model = await loadGraph(tf, bytes);

  const runStep = (images: Uint8Array): Extraction => {
    const batch = tf.tensor3d(images, [images.length / imageBytes, sizePx, sizePx], "int32");
    try {
      // A named input gives named outputs (tfjs-node's TFSavedModel.predict), which the declared type leaves open.
      const { features, logits } = model.predict({ images: batch }) as Outputs;
      const extraction = { features: features.dataSync<"float32">(), logits: logits?.dataSync<"float32">() };
      tf.dispose([features, logits ?? []]);
      return extraction;
    } finally {
      batch.dispose();
    }
  };
  const run = async (images: Uint8Array): Promise<Extraction> => {
    if (images.length % imageBytes !== 0)
      throw wrongImages(`${images.length} bytes are not a whole number of ${sizePx} x ${sizePx} px grey images`);
    const stepBytes = imageBytes * Math.max(1, Math.floor(variantsPerStep / variants.length));
    const steps: Extraction[] = [];
    for (let start = 0; start < images.length; start += stepBytes) {
      if (start > 0) await setImmediate(); // lets the process answer its parent between two steps
      steps.push(runStep(images.subarray(start, start + stepBytes)));
    }
    return {
      features: joined(steps.map(({ features }) => features)),
      logits: hasLogits ? joined(steps.flatMap(({ logits }) => logits ?? [])) : undefined,
    };
  };
  return {
    variants,
    featureLength,
    run,
    extract: async (images) => (await run(images)).features,
    close: async () => {
      model.dispose();
    },
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** A graph is loaded from a folder; its weights are inside, so the folder can go at once. */
async function loadGraph(tf: TensorFlow, bytes: Uint8Array) {
  const folder = await mkdtemp(join(tmpdir(), "mammoflow-graph-"));
  try {
    await writeFile(join(folder, "saved_model.pb"), bytes);
    return await tf.node.loadSavedModel(folder);
  } catch (cause) {
    throw new ModelsError({
      code: "GRAPH_NOT_LOADED",
      message: `The network cannot be loaded by way of ${folder}: ${messageOf(cause)}. Check that the folder has space, or set TMPDIR to another.`,
      retryable: true,
      cause,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function wrongImages(what: string): ModelsError {
  return new ModelsError({ code: "IMAGES_MISFIT", message: `Features cannot be taken: ${what}.` });
}
