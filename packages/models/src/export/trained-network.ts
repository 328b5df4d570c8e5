import type { BackboneName } from "../backbone-names.ts";
import { type Backbone, backbones } from "../backbones.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import { ModelsError } from "../models-error.ts";
import type { StateDict } from "../state-dict.ts";

/** A backbone with the classifier that was trained on it in the place of the one it was published with. */
export interface TrainedNetwork {
  backbone: Backbone;
  /** All parameters under PyTorch's names. */
  stateDict: StateDict;
  /** 2: benign and malignant; 1: malignant alone. */
  outputs: number;
}

/**
 * Puts what was trained over the weights that training began from.
 *
 * @param weights the backbone's
 * @param trained a safetensors file: the tensors that were trained, under PyTorch's names, or a head's `weight` and `bias`
 * @throws ModelsError EXPORT_MISFIT when the file holds no classifier of this backbone
 */
export function trainedNetwork(
  name: BackboneName,
  weights: StateDict,
  trained: Uint8Array,
  source: string,
): TrainedNetwork {
  const backbone = backbones[name];
  const { architecture } = backbone;
  const { logitsLayer } = architecture;
  const stateDict: StateDict = new Map(weights);
  for (const [parameter, tensor] of readSafetensors(trained, source).tensors) {
    const isHead = parameter === "weight" || parameter === "bias";
    stateDict.set(isHead ? `${logitsLayer}.${parameter}` : parameter, tensor);
  }
  const outputs = stateDict.get(`${logitsLayer}.weight`)?.shape[0];
  if (outputs !== 1 && outputs !== 2)
    throw new ModelsError({
      code: "EXPORT_MISFIT",
      message: `${source} holds no classifier of one or two outputs for ${backbone.title}: export an experiment that was trained to its end.`,
    });
  const layers = architecture.layers.map((layer) =>
    layer.kind === "dense" && layer.name === logitsLayer ? { ...layer, outputLength: outputs } : layer,
  );
  return {
    backbone: { ...backbone, architecture: { ...architecture, layers, classCount: outputs } },
    stateDict,
    outputs,
  };
}
