import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { loadSettings, messageOf } from "@mammoflow/runtime";
import { ModelsError } from "./models-error.ts";

export type TensorFlow = typeof import("@tensorflow/tfjs-node");

export type Device = "cpu" | "gpu";

/**
 * TensorFlow.js on TensorFlow's native library, ready to compute on the device that the settings name. The only place that loads
 * it; later calls return the same module. Loading takes about half a second; `predict` and `fit` block the thread, so callers
 * run in a child process.
 *
 * @throws ModelsError TENSORFLOW_MISSING when the native library is not installed or does not load, DEVICE_MISSING when it finds no GPU
 */
export async function loadTensorFlow(): Promise<TensorFlow> {
  const { device } = loadSettings();
  const tf = await loadLibrary(device);
  const backend = tf.backend(); // tfjs-node's, which the declared type leaves open
  const found = "isUsingGpuDevice" in backend && backend.isUsingGpuDevice === true ? "gpu" : "cpu";
  if (device === "gpu" && found === "cpu")
    throw new ModelsError({
      code: "DEVICE_MISSING",
      message:
        "MAMMOFLOW_DEVICE is gpu, but TensorFlow finds no GPU: use the image train-worker-gpu on a machine where `nvidia-smi` shows one, or set it to cpu.",
    });
  inUse = found;
  return tf;
}

let inUse: Device | undefined;

/** What TensorFlow computes on in this process; undefined where nobody has loaded it. */
export function deviceInUse(): Device | undefined {
  return inUse;
}

async function loadLibrary(device: Device): Promise<TensorFlow> {
  const require = createRequire(import.meta.url);
  restoreRemovedUtilities(require("node:util") as Record<string, unknown>);
  // oxlint-disable-next-line node/no-process-env -- the C++ library reads its log level from the environment when it loads
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "3";
  // A GPU is used where it was asked for, never because it is there.
  // oxlint-disable-next-line node/no-process-env -- as above
  if (device === "cpu") process.env["CUDA_VISIBLE_DEVICES"] = "-1";
  try {
    loadLibraryQuietly(require);
    // A CommonJS package: `require` gives the module's type as it is declared.
    const tf = require("@tensorflow/tfjs-node") as TensorFlow;
    await tf.ready();
    return tf;
  } catch (cause) {
    throw new ModelsError({
      code: "TENSORFLOW_MISSING",
      message: `TensorFlow does not load on this machine (${firstLine(messageOf(cause))}): run \`npm run setup\` and try again.`,
      cause,
    });
  }
}

/** tfjs-node 4.22 calls two functions of `node:util` that Node 23 removed. */
function restoreRemovedUtilities(util: Record<string, unknown>): void {
  util["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  util["isArray"] ??= Array.isArray;
}

/** TensorFlow's library writes advice to standard error when it loads; set-up leaves a module that loads it without. */
function loadLibraryQuietly(require: NodeJS.Require): void {
  const folder = dirname(require.resolve("@tensorflow/tfjs-node/package.json"));
  const loader = join(folder, "lib", "napi-v8", "load_quietly.node");
  if (!existsSync(loader)) return;
  // The module of scripts/setup/load-quietly.cc. Should it fail, the package loads the library itself and says why it cannot.
  const { loadQuietly } = require(loader) as { loadQuietly: (path: string) => boolean };
  loadQuietly(join(folder, "deps", "lib", "libtensorflow_framework.so.2"));
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
