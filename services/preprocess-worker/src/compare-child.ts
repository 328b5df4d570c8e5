import type { Comparison, Experiment } from "@mammoflow/evaluation";
import { readRunConfig } from "@mammoflow/jobs";
import { serveRequests } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { compareRun } from "./compare-run.ts";

export interface CompareRequest {
  storeAddress: string;
  gcsEndpoint: string | undefined;
  runId: string;
  experiments: Experiment[];
}

serveRequests(async ({ storeAddress, gcsEndpoint, runId, experiments }: CompareRequest): Promise<Comparison[]> => {
  const store = openStore(storeAddress, gcsEndpoint);
  return compareRun(store, await readRunConfig(store, runId), experiments);
});
