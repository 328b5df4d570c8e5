import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { BackboneName } from "../backbone-names.ts";
import { ModelsError } from "../models-error.ts";
import { weightsFolder } from "./weights-folder.ts";
import { writeWhole } from "./write-whole.ts";

const recordSchema = z.strictObject({
  /** The file's name in the cache. */
  fileName: z
    .string()
    .min(1)
    .regex(/^[^/\\]+$/),
  /** Taken when it was imported: no publisher states one. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The name that it had where it came from. */
  importedFrom: z.string(),
});
export type ImportedWeights = z.infer<typeof recordSchema>;

const recordFile = (name: BackboneName, cacheDir: string): string =>
  join(weightsFolder(cacheDir), `${name}.imported.json`);

/**
 * What was imported for a backbone and is used instead of the published weights, or undefined.
 *
 * @throws ModelsError WEIGHTS_DAMAGED when the record cannot be read
 */
export async function importedWeights(name: BackboneName, cacheDir: string): Promise<ImportedWeights | undefined> {
  const file = recordFile(name, cacheDir);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ModelsError({
      code: "WEIGHTS_DAMAGED",
      message: `${file} does not say which weights were imported: remove it, or import them again with \`mammoflow weights import ${name} FILE\`.`,
      cause,
    });
  }
}

export async function recordImport(name: BackboneName, cacheDir: string, record: ImportedWeights): Promise<void> {
  await writeWhole(recordFile(name, cacheDir), `${JSON.stringify(record, null, 1)}\n`);
}

/** From now on the published weights are used again. */
export async function forgetImport(name: BackboneName, cacheDir: string): Promise<void> {
  await rm(recordFile(name, cacheDir), { force: true });
}
