import { serveRequests } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { explainExperiment, type ExplainAnswer, type ExplainRequest } from "./explain/explain-experiment.ts";
import { createExplainers } from "./explain/explainers.ts";

/** What `mammoflow explain` asks of the process that TensorFlow may block. */
export type ExplainChildRequest = ExplainRequest & {
  storeAddress: string;
  gcsEndpoint: string | undefined;
  cacheDir: string;
};
export type { ExplainAnswer };

serveRequests(({ storeAddress, gcsEndpoint, cacheDir, ...request }: ExplainChildRequest, progress) =>
  explainExperiment(request, {
    store: openStore(storeAddress, gcsEndpoint),
    explainers: createExplainers(cacheDir),
    progress,
  }),
);
