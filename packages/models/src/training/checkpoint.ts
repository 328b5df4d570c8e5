import { readSafetensors, writeSafetensors } from "../formats/safetensors.ts";
import { ModelsError } from "../models-error.ts";
import type { Tensor } from "../state-dict.ts";
import { headOf, headTensors, type Head } from "./head.ts";
import type { AdamState } from "./head-trainer.ts";

/** Everything that training needs in order to go on after an epoch exactly as if it had not stopped. */
export interface Checkpoint {
  epoch: number;
  head: Head;
  adam: AdamState;
  /** State of the random stream. */
  random: string;
  /** Hash of the settings and rows that the training has; another training cannot go on from here. */
  fingerprint: string;
}

const firstMoments = "adam.exp_avg.";
const secondMoments = "adam.exp_avg_sq.";

/** A checkpoint as safetensors: head and moments as tensors by name, the rest as metadata. The same state gives the same bytes. */
export function writeCheckpoint({ epoch, head, adam, random, fingerprint }: Checkpoint): Uint8Array {
  return writeSafetensors(
    new Map([
      ...headTensors(head),
      ...prefixed(firstMoments, adam.firstMoments),
      ...prefixed(secondMoments, adam.secondMoments),
    ]),
    { kind: "head-checkpoint", epoch: String(epoch), step: String(adam.step), random, fingerprint },
  );
}

/**
 * Reads what `writeCheckpoint` wrote.
 *
 * @throws ModelsError (`CHECKPOINT_INVALID`) when it is something else, (`CHECKPOINT_MISMATCH`) when it belongs to a training
 *   with other settings, rows or features
 */
export function readCheckpoint(
  bytes: Uint8Array,
  expected: { fingerprint: string; featureLength: number },
): Checkpoint {
  const source = "The checkpoint to resume from";
  const { tensors, metadata } = readSafetensors(bytes, source);
  const { kind, epoch, step, random, fingerprint } = metadata;
  const moments = (prefix: string): Head =>
    headOf(
      new Map(
        [...tensors].flatMap(([name, tensor]) =>
          name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
        ),
      ),
      source,
    );
  if (kind !== "head-checkpoint" || !/^\d+$/.test(epoch ?? "") || !/^\d+$/.test(step ?? "") || random === undefined)
    throw new ModelsError({
      code: "CHECKPOINT_INVALID",
      message: `${source} is not a checkpoint of a head's training: remove it, and the training starts again from the one before or from the beginning.`,
    });
  if (fingerprint !== expected.fingerprint)
    throw new ModelsError({
      code: "CHECKPOINT_MISMATCH",
      message: `${source} belongs to a training with other settings, rows or features: give the options that it was made with, or train under another name.`,
    });
  return {
    epoch: Number(epoch),
    head: headOf(tensors, source),
    adam: { step: Number(step), firstMoments: moments(firstMoments), secondMoments: moments(secondMoments) },
    random,
    fingerprint,
  };
}

const prefixed = (prefix: string, moments: Head): [string, Tensor][] =>
  [...headTensors(moments)].map(([name, tensor]) => [prefix + name, tensor]);
