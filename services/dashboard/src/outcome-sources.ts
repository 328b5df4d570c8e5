import type { Queues, RunConfig, RunProgress } from "@mammoflow/jobs";
import type { ObjectStore } from "@mammoflow/storage";

/** Where a run's outcomes are read from. */
export interface OutcomeSources {
  queues: Queues;
  store: ObjectStore;
  progress: RunProgress;
  config: RunConfig;
}
