import type { Estimate } from "@mammoflow/evaluation";
import { featuresIndexSchema, jobId, objectNames, readJson, type Experiment, type RunProgress } from "@mammoflow/jobs";
import { z } from "zod";
import { askQueue } from "./ask-queue.ts";
import type { OutcomeSources } from "./outcome-sources.ts";

/** The metrics that the table shows, each with its 95 % interval. */
interface ExperimentMetrics {
  f1: Estimate;
  f1Gain: Estimate;
  auc: Estimate;
}

type ExperimentState =
  | { is: "done"; metrics: ExperimentMetrics }
  | { is: "working"; words: string }
  | { is: "waiting" }
  | { is: "failed" | "not run"; reason: string };

export interface ExperimentRow extends Experiment {
  state: ExperimentState;
}

/** Metrics by experiment; they are put once and never change. */
export type MetricsCache = Map<string, ExperimentMetrics>;

const undefinedEstimate: Estimate = { value: null, low: null, high: null };
const estimate = z
  .object({ value: z.number().nullable(), low: z.number().nullable(), high: z.number().nullable() })
  .catch(undefinedEstimate);
/** Of `metrics.json`, what is shown; a metric that it lacks is shown as undefined. */
const metricsSchema = z.object({ metrics: z.object({ f1: estimate, f1Gain: estimate, auc: estimate }) });

/** Of a training job's progress, what is shown. */
const trainingProgressSchema = z.object({ epoch: z.number(), epochs: z.number() });

/** What became of each experiment of the run so far, in the run's order. */
export async function readExperiments(sources: OutcomeSources, metrics: MetricsCache): Promise<ExperimentRow[]> {
  const { store, progress, config } = sources;
  // An earlier generation's index says nothing about this one.
  const isExtracted = progress.stages.some(({ stage, isClosed }) => stage === "extract" && isClosed);
  const features = isExtracted
    ? await readJson(store, objectNames.features(progress.runId), featuresIndexSchema)
    : undefined;
  return Promise.all(
    config.experiments.map(async (experiment) => {
      const found = features?.backbones[experiment.backbone];
      const state: ExperimentState =
        found && "notRun" in found
          ? { is: "not run", reason: found.notRun }
          : await stateOf(sources, metrics, experiment.name);
      return { ...experiment, state };
    }),
  );
}

async function stateOf(sources: OutcomeSources, metrics: MetricsCache, experiment: string): Promise<ExperimentState> {
  const { store, progress } = sources;
  const known = metrics.get(experiment);
  if (known) return { is: "done", metrics: known };
  const queued = await queuedState(sources, experiment);
  // What has yet to be trained need not be looked for in a store that may be far away.
  if (queued?.is === "waiting" || queued?.is === "working") return queued;
  const stored = await readJson(
    store,
    objectNames.experiment(progress.runId, experiment, "metrics.json"),
    metricsSchema,
  );
  if (!stored) return queued ?? { is: "not run", reason: whyNotRun(progress) };
  metrics.set(experiment, stored.metrics);
  return { is: "done", metrics: stored.metrics };
}

/** What the queue says of an experiment that has not ended well; undefined of one that has ended, or that it does not know. */
async function queuedState(
  { queues, progress }: OutcomeSources,
  experiment: string,
): Promise<Exclude<ExperimentState, { is: "done" }> | undefined> {
  const { learn } = queues.queue;
  const id = jobId.experiment(progress.runId, progress.generation, experiment);
  const job = await askQueue(queues, () => learn.getJob(id));
  const state = job && (await askQueue(queues, () => learn.getJobState(id)));
  if (state === "failed") return { is: "failed", reason: job?.failedReason || "no reason was kept" };
  if (progress.state !== "running" || state === "completed") return undefined;
  if (state !== "active") return { is: "waiting" };
  const at = trainingProgressSchema.safeParse(job?.progress);
  return { is: "working", words: at.success ? `epoch ${at.data.epoch} of ${at.data.epochs}` : "training" };
}

function whyNotRun({ runId, state }: RunProgress): string {
  return state === "done"
    ? `it left no result: \`mammoflow resume ${runId}\` runs what is missing`
    : `the run ended before: \`mammoflow resume ${runId}\` goes on with it`;
}
