import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { codeOf } from "@mammoflow/runtime";
import type { BackboneName } from "../backbone-names.ts";
import { backbones } from "../backbones.ts";
import { readStateDict } from "../formats/read-state-dict.ts";
import { ModelsError } from "../models-error.ts";
import type { StateDict } from "../state-dict.ts";
import { fittingWeights } from "./fitting-weights.ts";
import { importedWeights } from "./imported-weights.ts";
import { publishedWeights } from "./published-weights.ts";
import { randomWeights } from "./random-weights.ts";
import { readWeightsFile } from "./read-weights-file.ts";
import { weightsFolder } from "./weights-folder.ts";

/** Where weights came from: goes into the run's records and the model card. */
export type WeightsSource =
  | { kind: "published"; title: string; fileName: string; sha256: string; licence: string; trainedOn: string }
  | { kind: "file"; fileName: string; sha256: string }
  | { kind: "random"; seed: number };

export interface LoadWeightsOptions {
  cacheDir: string;
  /** Path of a `.safetensors`, `.pth` or `.pt` file, or `none` for random weights; unset: what the cache holds, imported or published. */
  from?: string | undefined;
  /** Seed of random weights. */
  seed?: number;
}

export interface LoadedWeights {
  stateDict: StateDict;
  source: WeightsSource;
}

/**
 * The weights of a backbone, checked by sha256 (those of the cache) and by the shape of every tensor. Random weights come only when
 * they are asked for, and the source says so.
 *
 * @throws ModelsError WEIGHTS_MISSING when there are none on this machine, WEIGHTS_DAMAGED when they are not what was published or
 *   imported, WEIGHTS_MISMATCH when a file is of another architecture; see `readStateDict` for files that cannot be read
 */
export async function loadWeights(
  name: BackboneName,
  { cacheDir, from, seed = 0 }: LoadWeightsOptions,
): Promise<LoadedWeights> {
  if (from === "none")
    return { stateDict: randomWeights(backbones[name].architecture, seed), source: { kind: "random", seed } };
  if (from !== undefined) {
    const bytes = await readWeightsFile(from);
    return {
      stateDict: fittingWeights(name, readStateDict(bytes, from), from),
      source: { kind: "file", fileName: basename(from), sha256: sha256Of(bytes) },
    };
  }
  return loadCachedWeights(name, cacheDir);
}

/** What the cache holds of a backbone, imported or published; throws as `loadWeights` does. */
export async function loadCachedWeights(
  name: BackboneName,
  cacheDir: string,
): Promise<LoadedWeights & { source: { kind: "published" | "file" } }> {
  const folder = weightsFolder(cacheDir);
  const imported = await importedWeights(name, cacheDir);
  if (imported !== undefined) {
    const { fileName, sha256, importedFrom } = imported;
    const stateDict = await readChecked(name, join(folder, fileName), sha256);
    if (stateDict === undefined) throw missing(name, `${fileName}, which was imported, is gone`);
    return { stateDict, source: { kind: "file", fileName: importedFrom, sha256 } };
  }
  const { title, files, licence, trainedOn } = publishedWeights[name];
  for (const { fileName, sha256 } of files) {
    const stateDict = await readChecked(name, join(folder, fileName), sha256);
    if (stateDict !== undefined)
      return { stateDict, source: { kind: "published", title, fileName, sha256, licence, trainedOn } };
  }
  throw missing(name, `the ${backbones[name].title} weights are not on this machine`);
}

/** The tensors of a file of the cache, or undefined when there is no such file. */
async function readChecked(name: BackboneName, file: string, sha256: string): Promise<StateDict | undefined> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  if (sha256Of(bytes) !== sha256)
    throw new ModelsError({
      code: "WEIGHTS_DAMAGED",
      message: `${file} is not the file that it was (its sha256 differs): remove it and run \`mammoflow weights pull ${name}\`, or import it again.`,
    });
  return fittingWeights(name, readStateDict(bytes, file), file);
}

function missing(name: BackboneName, what: string): ModelsError {
  return new ModelsError({
    code: "WEIGHTS_MISSING",
    message:
      `${what[0]?.toUpperCase()}${what.slice(1)}: fetch them with \`mammoflow weights pull ${name}\`, take a file of your own in with ` +
      `\`mammoflow weights import ${name} FILE\` or name it with \`--weights FILE\`, or say \`--weights none\` for random ones.`,
  });
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
