import { z } from "zod";
import { backboneNames } from "../backbone-names.ts";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.ts";
import { ModelsError } from "../models-error.ts";
import type { StateDict } from "../state-dict.ts";
import { averagePrefix } from "./graph/write-optimizer.ts";
import type { TrainerState } from "./trainer.ts";
import { type TrainingSettings, trainedParts } from "./training-settings.ts";

const metadataSchema = z.object({
  kind: z.literal("trained-model"),
  backbone: z.enum(backboneNames),
  part: z.enum(trainedParts),
  outputs: z.enum(["malignant", "benign,malignant"]),
});

/** A trained model's file, read. */
export interface ModelFile extends Pick<TrainingSettings, "part" | "outputs"> {
  backbone: (typeof backboneNames)[number];
  /** What was trained, under PyTorch's names. */
  tensors: StateDict;
  metadata: Record<string, string>;
}

/**
 * What a training gives: its parameters and running statistics, and of the parameters their moving averages where it keeps them.
 */
export function modelTensors({ tensors }: TrainerState, parameters: Iterable<string>): StateDict {
  const model: StateDict = new Map();
  for (const name of parameters) {
    const tensor = tensors.get(averagePrefix + name) ?? tensors.get(name);
    if (tensor) model.set(name, tensor);
  }
  return model;
}

/** A model as safetensors, so that the same network in PyTorch loads it by `load_state_dict(..., strict=False)`. */
export function writeModel(
  { backbone, part, outputs, tensors }: Omit<ModelFile, "metadata">,
  metadata: Record<string, string>,
): Uint8Array {
  return writeSafetensors(tensors, {
    ...metadata,
    format: "pt",
    kind: "trained-model",
    backbone,
    part,
    outputs: outputs === 1 ? "malignant" : "benign,malignant",
  });
}

/**
 * Reads what `writeModel` wrote.
 *
 * @throws ModelsError (`MODEL_INVALID`) when it is something else
 */
export function readModel(bytes: Uint8Array, source = "the model's file"): ModelFile {
  const { tensors, metadata } = readSafetensors(bytes, source);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success)
    throw new ModelsError({
      code: "MODEL_INVALID",
      message: `${source} is no model that this version trained: its metadata lack kind, backbone, part or outputs. Give a model of this project, or train again.`,
    });
  const { backbone, part, outputs } = parsed.data;
  return { backbone, part, outputs: outputs === "malignant" ? 1 : 2, tensors, metadata };
}
