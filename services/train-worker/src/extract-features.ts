import { type JobContext, type Payload, results, type RunReader } from "@mammoflow/jobs";
import type { Logger, ProcessPool, Settings } from "@mammoflow/runtime";
import type { z } from "zod";
import type { LearnAnswer, LearnRequest } from "./learn-child.ts";

export interface LearnDeps {
  runs: RunReader;
  children: ProcessPool<LearnRequest, LearnAnswer>;
  settings: Settings;
  log: Logger;
}

/**
 * Takes features or activations of one shard of a run's images out of a frozen backbone; where the same images went through the same weights
 * before, in whatever run, they are there already.
 *
 * @throws ModelsError WEIGHTS_MISSING (not retried): never silent random weights
 */
export async function extractFeatures(
  task: Payload<"extract">,
  { runs, children, settings }: LearnDeps,
  { signal, progress }: JobContext,
): Promise<z.infer<typeof results.extract>> {
  const { store } = await runs.open(task.runId);
  const { gcsEndpoint, cacheDir } = settings;
  const answer = await children.call(
    { kind: "extract", storeAddress: store.address, gcsEndpoint, cacheDir, energy: settings, task },
    { signal, onProgress: (body) => void progress({ ...(body as object) }).catch(() => {}) },
  );
  return results.extract.parse(answer);
}
