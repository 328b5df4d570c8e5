import { writeSafetensors } from "../formats/safetensors.ts";
import { encodeSavedModel } from "../graph/saved-model-messages.ts";
import type { TestFlips } from "../training/predict-examples.ts";
import { classifierGraph } from "./classifier-graph.ts";
import { tfjsFiles } from "./tfjs-files.ts";
import type { TrainedNetwork } from "./trained-network.ts";

export const exportFormats = ["savedmodel", "tfjs", "safetensors"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  /** Side of the square images that the graph takes. */
  sizePx: number;
  /** Whose probabilities the graph averages. */
  flips: TestFlips;
  /** Who made it: `mammoflow 1.0.0`. */
  generatedBy: string;
  /** Short texts for the header of safetensors. */
  metadata: Record<string, string>;
}

/**
 * A trained network in a form that others can load.
 *
 * - `savedmodel`: a folder for TensorFlow, TensorFlow Serving and tfjs-node; see `classifierGraph` for what goes in and out
 * - `tfjs`: a folder for `tf.loadGraphModel` in browsers, with the same inputs and outputs
 * - `safetensors`: all parameters under PyTorch's names, for `load_state_dict` of the same architecture with as many outputs
 *
 * @returns bytes by file name
 */
export function exportModel(
  network: TrainedNetwork,
  format: ExportFormat,
  { sizePx, flips, generatedBy, metadata }: ExportOptions,
): Map<string, Uint8Array> {
  switch (format) {
    case "savedmodel":
      return new Map([["saved_model.pb", encodeSavedModel(classifierGraph(network, sizePx, flips))]]);
    case "tfjs":
      return tfjsFiles(classifierGraph(network, sizePx, flips), generatedBy);
    case "safetensors":
      return new Map([["model.safetensors", writeSafetensors(network.stateDict, { format: "pt", ...metadata })]]);
  }
}
