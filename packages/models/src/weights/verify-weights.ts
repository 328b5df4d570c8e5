import type { BackboneName } from "../backbone-names.ts";
import { ModelsError } from "../models-error.ts";
import { elementCount } from "../state-dict.ts";
import { loadCachedWeights } from "./load-weights.ts";

export type VerifiedWeights =
  | { backbone: BackboneName; state: "right"; fileName: string; sha256: string; tensors: number; numbers: number }
  | { backbone: BackboneName; state: "missing" | "wrong"; reason: string };

/** Reads a backbone's weights in the cache as a run would: sha256, format, the name and shape of every tensor. */
export async function verifyWeights(backbone: BackboneName, cacheDir: string): Promise<VerifiedWeights> {
  try {
    const { stateDict, source } = await loadCachedWeights(backbone, cacheDir);
    const numbers = [...stateDict.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
    const { fileName, sha256 } = source;
    return { backbone, state: "right", fileName, sha256, tensors: stateDict.size, numbers };
  } catch (error) {
    if (!(error instanceof ModelsError)) throw error;
    return { backbone, state: error.code === "WEIGHTS_MISSING" ? "missing" : "wrong", reason: error.message };
  }
}
