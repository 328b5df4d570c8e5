import { serveRequests } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { createFeatureTaker } from "./take-features.ts";
import { runExperiment } from "./run-experiment.ts";

/** What the worker asks of the process that may block, be killed, and knows no queue. */
export type LearnRequest = { storeAddress: string; gcsEndpoint: string | undefined; runId: string } & (
  | { kind: "extract"; cacheDir: string; backbone: string; shard: number }
  | { kind: "experiment"; experiment: string }
);

export type LearnAnswer = object;

const featureTaker = createFeatureTaker();

serveRequests(async (request: LearnRequest, progress): Promise<LearnAnswer> => {
  const store = openStore(request.storeAddress, request.gcsEndpoint);
  const startedAt = performance.now();
  const answer =
    request.kind === "extract"
      ? await featureTaker.take(request, store, progress)
      : await runExperiment(request, store, progress);
  return { ...answer, ms: Math.round(performance.now() - startedAt) };
});
