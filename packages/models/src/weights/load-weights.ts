import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parametersOf } from "../architectures/parameters.ts";
import type { BackboneName } from "../backbone-names.ts";
import { backbones } from "../backbones.ts";
import { readStateDict } from "../formats/read-state-dict.ts";
import { ModelsError } from "../models-error.ts";
import { isShape, parameterOf } from "../parameter-of.ts";
import { randomWeights } from "./random-weights.ts";
import type { StateDict } from "../state-dict.ts";
import { publishedWeights } from "./published-weights.ts";

/** Where weights came from: goes into the run's records and the model card. */
export type WeightsSource =
  | { kind: "published"; title: string; fileName: string; sha256: string; licence: string; trainedOn: string }
  | { kind: "file"; fileName: string; sha256: string }
  | { kind: "random"; seed: number };

export interface LoadWeightsOptions {
  cacheDir: string;
  /** Path of a `.safetensors`, `.pth` or `.pt` file, or `none` for random weights; unset: the published ones from the cache. */
  from?: string | undefined;
  /** Seed of random weights. */
  seed?: number;
}

export interface LoadedWeights {
  stateDict: StateDict;
  source: WeightsSource;
}

/** Folder of the cache that holds weights. */
export const weightsFolder = (cacheDir: string): string => join(cacheDir, "weights");

/**
 * The weights of a backbone, checked by sha256 (published ones) and by the shape of every tensor. Random weights come only when
 * they are asked for, and the source says so.
 *
 * @throws ModelsError WEIGHTS_MISSING when the published ones have not been fetched, WEIGHTS_DAMAGED when they are not what was
 *   published, WEIGHTS_MISMATCH when a file is of another architecture; see `readStateDict` for files that cannot be read
 */
export async function loadWeights(
  name: BackboneName,
  { cacheDir, from, seed = 0 }: LoadWeightsOptions,
): Promise<LoadedWeights> {
  const { architecture } = backbones[name];
  if (from === "none") return { stateDict: randomWeights(architecture, seed), source: { kind: "random", seed } };
  if (from !== undefined) {
    const bytes = await readFile(from).catch((cause: unknown) => {
      throw new ModelsError({
        code: "WEIGHTS_MISSING",
        message: `The weights file ${from} cannot be read; check the path.`,
        cause,
      });
    });
    return {
      stateDict: fitting(name, readStateDict(bytes, from), from),
      source: { kind: "file", fileName: basename(from), sha256: sha256Of(bytes) },
    };
  }
  const { title, fileName, sha256, licence, trainedOn } = publishedWeights[name];
  const file = join(weightsFolder(cacheDir), fileName);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new ModelsError({
      code: "WEIGHTS_MISSING",
      message:
        `The ${backbones[name].title} weights are not on this machine: fetch them with \`mammoflow weights pull ${name}\`, ` +
        "name a file of your own with `--weights FILE`, or say `--weights none` for random ones.",
      cause,
    });
  });
  if (sha256Of(bytes) !== sha256) {
    throw new ModelsError({
      code: "WEIGHTS_DAMAGED",
      message: `${file} is not the file that was published (its sha256 differs): remove it and run \`mammoflow weights pull ${name}\`.`,
    });
  }
  return {
    stateDict: fitting(name, readStateDict(bytes, file), file),
    source: { kind: "published", title, fileName, sha256, licence, trainedOn },
  };
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The tensors that the backbone uses, each checked; a classifier of other classes than ImageNet's is left out. */
function fitting(name: BackboneName, stateDict: StateDict, file: string): StateDict {
  const { architecture, title } = backbones[name];
  const parameters = parametersOf(architecture);
  const headFits = parameters
    .filter(({ isHead }) => isHead)
    .every(({ name, shape }) => isShape(stateDict.get(name)?.shape ?? [], shape));
  const fitted: StateDict = new Map();
  for (const { name: parameter, shape, isHead } of parameters) {
    if (isHead && !headFits) continue;
    try {
      fitted.set(parameter, { shape, data: parameterOf(stateDict, parameter, shape) });
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : "";
      throw new ModelsError({
        code: "WEIGHTS_MISMATCH",
        message: `${file} does not hold a ${title}. ${detail}`,
        cause,
      });
    }
  }
  return fitted;
}
