import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type BackboneName, backboneNames } from "../backbone-names.ts";
import { sha256OfFile } from "./file-sha256.ts";
import { importedWeights } from "./imported-weights.ts";
import { publishedWeights, type PublishedWeights, type WeightsFile } from "./published-weights.ts";
import { weightsFolder } from "./weights-folder.ts";

export interface WeightsStatus extends Omit<PublishedWeights, "files" | "renamed"> {
  file: string;
  sha256: string;
  sizeMegabytes: number;
  /**
   * `ready`: the published file; `imported`: a file of the user's own, used instead; `partial`: a download broke off and can go on;
   * `damaged`: the file is not what was published or imported.
   */
  state: "ready" | "imported" | "missing" | "partial" | "damaged";
}

/** Which weights are in the cache; each file's sha256 is computed (a second for the largest). */
export async function listWeights(cacheDir: string): Promise<WeightsStatus[]> {
  return Promise.all(backboneNames.map(async (name) => statusOf(name, cacheDir)));
}

async function statusOf(name: BackboneName, cacheDir: string): Promise<WeightsStatus> {
  const { files, renamed: _renamed, ...facts } = publishedWeights[name];
  const folder = weightsFolder(cacheDir);
  const imported = await importedWeights(name, cacheDir);
  if (imported !== undefined) {
    const { fileName, sha256, importedFrom } = imported;
    const file = join(folder, fileName);
    const found = await sha256OfFile(file);
    const state = found === sha256 ? "imported" : found === undefined ? "missing" : "damaged";
    return {
      ...facts,
      title: `imported from ${importedFrom}`,
      file,
      sha256,
      sizeMegabytes: await megabytesOf(file),
      state,
    };
  }
  let status = await fileStatus(files[0], folder);
  for (const other of files.slice(1)) {
    const found = await fileStatus(other, folder);
    if (found.state === "ready" || (status.state === "missing" && found.state !== "missing")) status = found;
  }
  return { ...facts, ...status };
}

type FileStatus = Pick<WeightsStatus, "file" | "sha256" | "sizeMegabytes" | "state">;

async function fileStatus({ fileName, sha256, sizeMegabytes }: WeightsFile, folder: string): Promise<FileStatus> {
  const file = join(folder, fileName);
  const found = await sha256OfFile(file);
  const hasPart = (await megabytesOf(`${file}.partial`)) > 0;
  const state = found === sha256 ? "ready" : found !== undefined ? "damaged" : hasPart ? "partial" : "missing";
  return { file, sha256, sizeMegabytes, state };
}

const megabytesOf = async (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size / 1e6,
    () => 0,
  );
