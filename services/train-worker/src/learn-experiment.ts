import { results, type JobContext, type Payload } from "@mammoflow/jobs";
import type { z } from "zod";
import type { LearnDeps } from "./extract-features.ts";

/** Trains and evaluates one experiment of a run; all that it makes goes into the store. */
export async function learnExperiment(
  { runId, experiment }: Payload<"experiment">,
  { runs, children, settings }: LearnDeps,
  { signal, progress }: JobContext,
): Promise<z.infer<typeof results.experiment>> {
  const { store } = await runs.open(runId);
  const answer = await children.call(
    { kind: "experiment", storeAddress: store.address, gcsEndpoint: settings.gcsEndpoint, runId, experiment },
    // The dashboard can do without an epoch's line; the training must not wait for it.
    { signal, onProgress: (body) => void progress({ ...(body as object) }).catch(() => {}) },
  );
  return results.experiment.parse(answer);
}
