import { z } from "zod";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.ts";
import { ModelsError } from "../models-error.ts";
import type { StateDict } from "../state-dict.ts";
import type { TrainerState } from "./trainer.ts";

/** Everything that training needs in order to go on after an epoch exactly as if it had not stopped. */
export interface Checkpoint extends TrainerState {
  epoch: number;
  /** State of the random stream. */
  random: string;
  /** Hash of the settings and rows that the training has; another training cannot go on from here. */
  fingerprint: string;
  /** Where training may stop early: the epoch with the lowest validation loss, and its model. */
  best: Best | undefined;
}

export interface Best {
  epoch: number;
  validationLoss: number;
  tensors: StateDict;
}

const kind = "training-checkpoint";
const bestPrefix = "best.";
const count = z.string().regex(/^\d+$/).transform(Number);
const metadataSchema = z.object({
  kind: z.literal(kind),
  epoch: count,
  step: count,
  random: z.string().regex(/^[0-9a-f]{32}$/),
  fingerprint: z.string(),
  best_epoch: count.optional(),
  best_validation_loss: z.string().transform(Number).optional(),
});

/** A checkpoint as safetensors: tensors by name, the rest as metadata. The same state gives the same bytes. */
export function writeCheckpoint({ epoch, step, tensors, random, fingerprint, best }: Checkpoint): Uint8Array {
  const bestTensors = [...(best?.tensors ?? [])].map(([name, tensor]) => [bestPrefix + name, tensor] as const);
  return writeSafetensors(new Map([...tensors, ...bestTensors]), {
    kind,
    epoch: String(epoch),
    step: String(step),
    random,
    fingerprint,
    ...(best && { best_epoch: String(best.epoch), best_validation_loss: String(best.validationLoss) }),
  });
}

/**
 * Reads what `writeCheckpoint` wrote.
 *
 * @throws ModelsError (`CHECKPOINT_INVALID`) when it is something else, (`CHECKPOINT_MISMATCH`) when it belongs to a training
 *   with other settings, rows or examples
 */
export function readCheckpoint(bytes: Uint8Array, expectedFingerprint: string): Checkpoint {
  const source = "The checkpoint to resume from";
  const file = readSafetensors(bytes, source);
  const parsed = metadataSchema.safeParse(file.metadata);
  if (!parsed.success)
    throw new ModelsError({
      code: "CHECKPOINT_INVALID",
      message: `${source} is not a checkpoint of a training: remove it, and the training starts again from the one before or from the beginning.`,
    });
  const { epoch, step, random, fingerprint, best_epoch: bestEpoch, best_validation_loss: bestLoss } = parsed.data;
  if (fingerprint !== expectedFingerprint)
    throw new ModelsError({
      code: "CHECKPOINT_MISMATCH",
      message: `${source} belongs to a training with other settings, rows or examples: give the options that it was made with, or train under another name.`,
    });
  const tensors: StateDict = new Map();
  const bestTensors: StateDict = new Map();
  for (const [name, tensor] of file.tensors)
    if (name.startsWith(bestPrefix)) bestTensors.set(name.slice(bestPrefix.length), tensor);
    else tensors.set(name, tensor);
  const best =
    bestEpoch === undefined || bestLoss === undefined
      ? undefined
      : { epoch: bestEpoch, validationLoss: bestLoss, tensors: bestTensors };
  return { epoch, step, tensors, random, fingerprint, best };
}
