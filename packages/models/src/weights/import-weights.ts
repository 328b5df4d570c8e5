import { createHash } from "node:crypto";
import { basename, extname, join } from "node:path";
import type { BackboneName } from "../backbone-names.ts";
import { backbones } from "../backbones.ts";
import { readStateDict } from "../formats/read-state-dict.ts";
import { fittingWeights } from "./fitting-weights.ts";
import { forgetImport, recordImport } from "./imported-weights.ts";
import { publishedWeights } from "./published-weights.ts";
import { readWeightsFile } from "./read-weights-file.ts";
import { weightsFolder } from "./weights-folder.ts";
import { writeWhole } from "./write-whole.ts";

export interface ImportOutcome {
  /** Where it lies in the cache. */
  file: string;
  sha256: string;
  /** True when its sha256 is that of the published weights. */
  isPublished: boolean;
  tensors: number;
  /** False when the file has no classifier that fits: features can be taken, published classes not told. */
  hasClassifier: boolean;
}

/**
 * Takes a local `.safetensors`, `.pth` or `.pt` file into the cache as a backbone's weights, once it has been read and every tensor's
 * shape is right. A published file goes under its own name; any other is used from then on instead of the published weights,
 * and its sha256 is recorded, so that a later change is seen.
 *
 * @throws ModelsError WEIGHTS_MISSING when the file cannot be read, WEIGHTS_MISMATCH when it holds another network; see
 *   `readStateDict` for files that are refused
 */
export async function importWeights(name: BackboneName, from: string, cacheDir: string): Promise<ImportOutcome> {
  const bytes = await readWeightsFile(from);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const stateDict = fittingWeights(name, readStateDict(bytes, from), from);
  const published = publishedWeights[name].files.find((file) => file.sha256 === sha256);
  const fileName = published?.fileName ?? `${name}-imported-${sha256.slice(0, 8)}${extname(from).toLowerCase()}`;
  const file = join(weightsFolder(cacheDir), fileName);
  await writeWhole(file, bytes);
  if (published) await forgetImport(name, cacheDir);
  else await recordImport(name, cacheDir, { fileName, sha256, importedFrom: basename(from) });
  return {
    file,
    sha256,
    isPublished: published !== undefined,
    tensors: stateDict.size,
    hasClassifier: stateDict.has(`${backbones[name].architecture.logitsLayer}.weight`),
  };
}
