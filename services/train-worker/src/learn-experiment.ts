import { results, type JobContext, type Payload } from "@mammoflow/jobs";
import type { z } from "zod";
import type { LearnDeps } from "./extract-features.ts";

/** Share of the child's memory that what is learnt from may take; the rest is for the network and its gradients. */
const examplesShare = 0.4;

/** Trains and evaluates one experiment of a run; all that it makes goes into the store. */
export async function learnExperiment(
  { runId, experiment }: Payload<"experiment">,
  { runs, children, settings, log }: LearnDeps,
  { signal, progress }: JobContext,
): Promise<z.infer<typeof results.experiment>> {
  const { store } = await runs.open(runId);
  const { gcsEndpoint, cacheDir, trainMemoryMb } = settings;
  const memoryMb = Math.floor(trainMemoryMb * examplesShare);
  const answer = await children.call(
    {
      kind: "experiment",
      storeAddress: store.address,
      gcsEndpoint,
      cacheDir,
      energy: settings,
      runId,
      experiment,
      memoryMb,
    },
    // The dashboard can do without an epoch's line; the training must not wait for it.
    { signal, onProgress: (body) => void progress({ ...(body as object) }).catch(() => {}) },
  );
  const result = results.experiment.parse(answer);
  log.info({ runId, experiment, ...result }, "experiment done");
  return result;
}
