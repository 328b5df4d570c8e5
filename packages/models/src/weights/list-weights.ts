import { stat } from "node:fs/promises";
import { join } from "node:path";
import { backboneNames } from "../backbone-names.ts";
import { sha256OfFile } from "./file-sha256.ts";
import { weightsFolder } from "./load-weights.ts";
import { publishedWeights, type PublishedWeights } from "./published-weights.ts";

export interface WeightsStatus extends PublishedWeights {
  file: string;
  /** `partial`: a download broke off and can go on; `damaged`: the file is not the published one. */
  state: "ready" | "missing" | "partial" | "damaged";
}

/** Which published weights are in the cache; each file's sha256 is computed (a tenth of a second for the largest). */
export async function listWeights(cacheDir: string): Promise<WeightsStatus[]> {
  return Promise.all(
    backboneNames.map(async (name) => {
      const weights = publishedWeights[name];
      const file = join(weightsFolder(cacheDir), weights.fileName);
      const sha256 = await sha256OfFile(file);
      if (sha256 !== undefined)
        return { ...weights, file, state: sha256 === weights.sha256 ? ("ready" as const) : ("damaged" as const) };
      const hasPart = await stat(`${file}.partial`).then(
        () => true,
        () => false,
      );
      return { ...weights, file, state: hasPart ? ("partial" as const) : ("missing" as const) };
    }),
  );
}
