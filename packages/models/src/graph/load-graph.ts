import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "@mammoflow/runtime";
import { loadTensorFlow, type TensorFlow } from "../load-tensorflow.ts";
import { ModelsError } from "../models-error.ts";

type Tensor = ReturnType<TensorFlow["tensor"]>;

/** A tensor to be fed: float32, row-major. */
export interface FedTensor {
  shape: readonly number[];
  data: Float32Array;
}

export interface LoadedGraph<Signature extends string> {
  /** Runs one signature; variables keep their values until the next. Blocks the thread. */
  run(signature: Signature, inputs: Record<string, FedTensor>): Record<string, Float32Array>;
  close(): void;
}

/**
 * A graph ready to run, float32 in and out.
 *
 * @param bytes of `saved_model.pb`
 * @param signatures which of its signatures are wanted; all share the graph's variables
 * @param held inputs that are the same in every run: they are handed to TensorFlow once
 * @throws ModelsError GRAPH_NOT_LOADED
 */
export async function loadGraph<Signature extends string>(
  bytes: Uint8Array,
  signatures: readonly Signature[],
  held: Record<string, FedTensor> = {},
): Promise<LoadedGraph<Signature>> {
  const tf = await loadTensorFlow();
  const models = await loadSavedModel(tf, bytes, signatures);
  const tensorsOf = (inputs: Record<string, FedTensor>) =>
    Object.entries(inputs).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])] as const);
  const kept = tensorsOf(held);
  return {
    run(signature, inputs) {
      const fed = tensorsOf(inputs);
      try {
        // Named inputs give named outputs (tfjs-node's TFSavedModel.predict), which the declared type leaves open.
        const outputs = models.get(signature)?.predict(Object.fromEntries([...kept, ...fed])) as Record<string, Tensor>;
        const values = Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync<"float32">()] as const);
        tf.dispose(outputs);
        return Object.fromEntries(values);
      } finally {
        for (const [, tensor] of fed) tensor.dispose();
      }
    },
    close: () => {
      for (const [, tensor] of kept) tensor.dispose();
      for (const model of models.values()) model.dispose();
    },
  };
}

type SavedModel = Awaited<ReturnType<TensorFlow["node"]["loadSavedModel"]>>;

/**
 * The signatures of a SavedModel, which share one session. TensorFlow loads it from a folder, which is gone when this returns.
 *
 * @throws ModelsError GRAPH_NOT_LOADED
 */
export async function loadSavedModel<Signature extends string>(
  tf: TensorFlow,
  bytes: Uint8Array,
  signatures: readonly Signature[],
): Promise<Map<Signature, SavedModel>> {
  const folder = await mkdtemp(join(tmpdir(), "mammoflow-graph-"));
  const models = new Map<Signature, SavedModel>();
  try {
    await writeFile(join(folder, "saved_model.pb"), bytes);
    for (const signature of signatures)
      models.set(signature, await tf.node.loadSavedModel(folder, ["serve"], signature));
    return models;
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
