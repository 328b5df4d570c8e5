import {
  objectNames,
  readProgress,
  readRunConfig,
  type Queues,
  type RunConfig,
  type RunProgress,
} from "@mammoflow/jobs";
import { messageOf } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import { askQueue } from "./ask-queue.ts";
import type { OutcomeSources } from "./outcome-sources.ts";
import { readExperiments, type ExperimentRow, type MetricsCache } from "./read-experiments.ts";
import { readFailures, type StudyFailure } from "./read-failures.ts";
import { readLatestImages, type PreparedImage } from "./read-latest-images.ts";

/** What a run's page shows: how far it is, and what came out so far. */
export interface RunView {
  progress: RunProgress;
  outcomes: RunOutcomes;
}

interface RunOutcomes {
  experiments: ExperimentRow[];
  failures: StudyFailure[];
  images: PreparedImage[];
  hasReport: boolean;
  hasComparison: boolean;
  hasDatasetReport: boolean;
  /** The data set is of generated phantoms; its numbers say nothing about mammograms. */
  isSynthetic: boolean;
  /** Why the store could not be asked; then the rest is what was known before. */
  problem?: string;
}

export interface RunViews {
  /**
   * @returns undefined when the queue knows no such run
   * @throws AppError `QUEUE_AWAY`
   */
  read(runId: string): Promise<RunView | undefined>;
}

/** What was read from the store is kept this long while the counts stay the same, and after they changed. */
const freshMs = { same: 5000, changed: 1500 };
/** Runs whose outcomes are kept; the least recently shown go first. */
const keptRuns = 32;

interface Kept {
  counts: string;
  readAtMs: number;
  outcomes: RunOutcomes;
  /** Put once, so read once. */
  config: RunConfig | undefined;
  /** Of this generation; the next may train anew. */
  metrics: MetricsCache;
  generation: number;
}

const nothing: RunOutcomes = {
  experiments: [],
  failures: [],
  images: [],
  hasReport: false,
  hasComparison: false,
  hasDatasetReport: false,
  isSynthetic: false,
};

/** Reads runs for their pages: the queue each time, the store only as often as something can have changed there. */
export function createRunViews(queues: Queues, openStore: (address: string) => ObjectStore): RunViews {
  const kept = new Map<string, Kept>();

  const outcomesOf = async (progress: RunProgress): Promise<RunOutcomes> => {
    const { runId, state, generation } = progress;
    const counts = JSON.stringify([
      state,
      generation,
      progress.stages.map(({ done, failed, isClosed }) => [done, failed, isClosed]),
    ]);
    const before: Kept = kept.get(runId) ?? {
      counts: "",
      readAtMs: 0,
      outcomes: nothing,
      config: undefined,
      metrics: new Map(),
      generation,
    };
    const hasChanged = before.counts !== counts;
    const ageMs = Date.now() - before.readAtMs;
    if (ageMs < (hasChanged ? freshMs.changed : freshMs.same) && !(hasChanged && state !== "running"))
      return before.outcomes;
    const metrics: MetricsCache = before.generation === generation ? before.metrics : new Map();
    const now: Kept = { ...before, counts, readAtMs: Date.now(), metrics, generation };
    try {
      const store = openStore(progress.store);
      now.config ??= await readRunConfig(store, runId);
      now.outcomes = await readOutcomes({ queues, store, progress, config: now.config }, metrics);
    } catch (error) {
      // The run goes on without this page: what is known is shown, with what is wrong.
      now.outcomes = { ...before.outcomes, problem: problemOf(error) };
    }
    kept.delete(runId);
    kept.set(runId, now);
    for (const oldest of kept.keys()) {
      if (kept.size <= keptRuns) break;
      kept.delete(oldest);
    }
    return now.outcomes;
  };

  return {
    async read(runId) {
      const progress = await askQueue(queues, () => readProgress(queues, runId));
      return progress && { progress, outcomes: await outcomesOf(progress) };
    },
  };
}

function problemOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return messageOf(error);
  const issue = error.issues[0];
  return `it holds an object that does not fit this version of mammoflow (${issue?.path.join(".")}: ${issue?.message}).`;
}

async function readOutcomes(sources: OutcomeSources, metrics: MetricsCache): Promise<RunOutcomes> {
  const { store, progress, config } = sources;
  const { runId } = progress;
  const [experiments, failures, images, hasReport, hasComparison, hasDatasetReport] = await Promise.all([
    readExperiments(sources, metrics),
    readFailures(sources),
    readLatestImages(sources),
    store.exists(objectNames.report(runId)),
    store.exists(objectNames.comparison(runId)),
    store.exists(objectNames.datasetReport(runId, "html")),
  ]);
  return {
    experiments,
    failures,
    images,
    hasReport,
    hasComparison,
    hasDatasetReport,
    isSynthetic: config.dataset.isSynthetic,
  };
}
