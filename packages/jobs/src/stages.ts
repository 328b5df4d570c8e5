import type { FlowJob, JobsOptions } from "bullmq";
import { jobId, payloads, type ExtractKind, type ExtractTask, type JobName, type Payload } from "./payloads.ts";
import { jobOptions, prefix, type QueueName, type Queues } from "./queues.ts";
import { openStage, type StageName } from "./registry.ts";
import type { FeaturesIndex, ManifestLine } from "./run-objects.ts";
import type { Experiment, RunConfig } from "./run-config.ts";

/** Stage roots and shards are small and all else depends on them: a store that is away for minutes must not end a run. */
const patient: TreeJob["opts"] = {
  ...jobOptions,
  attempts: 10,
  backoff: { type: "exponential", delay: 500, jitter: 0.5 },
};

interface TreeJob {
  queueName: QueueName;
  name: JobName;
  data: unknown;
  prefix: string;
  opts: Omit<JobsOptions, "deduplication" | "parent" | "repeat">;
}

function job<Name extends JobName>(
  queueName: QueueName,
  name: Name,
  id: string,
  data: Payload<Name>,
  options: TreeJob["opts"],
): TreeJob {
  return { queueName, name, data: payloads[name].parse(data), prefix, opts: { ...options, jobId: id } };
}

/** A child whose failure its parent reads instead of failing with it. */
function child<Name extends JobName>(
  queueName: QueueName,
  name: Name,
  id: string,
  data: Payload<Name>,
  options: TreeJob["opts"],
): TreeJob {
  return job(queueName, name, id, data, { ...options, ignoreDependencyOnFailure: true });
}

/** manifest <- shards. The shards add their studies themselves. */
export function preprocessTree(config: RunConfig, generation: number, shards: number[]): FlowJob {
  const { runId } = config;
  return {
    ...job("collect", "manifest", jobId.manifest(runId, generation), { runId, generation }, patient),
    children: shards.map((shard) =>
      child(
        "collect",
        "shard",
        jobId.shard(runId, generation, shard),
        { runId, generation, shard, step: "expand" },
        {
          ...patient,
          // Runs take turns shard by shard, so that a small run is not stuck behind a large one.
          priority: shard + 1,
        },
      ),
    ),
  };
}

/** What an experiment learns from. */
const learnsFrom: Record<Experiment["part"], ExtractKind> = {
  head: "features",
  tree: "features",
  boosted: "features",
  "last-block": "activations",
  all: "weights",
};

const shardsOf: Record<ExtractKind, (config: RunConfig, images: number) => number> = {
  features: ({ featureShardImages }, images) => Math.ceil(images / featureShardImages),
  activations: ({ activationShardImages }, images) => Math.ceil(images / activationShardImages),
  weights: () => 1,
};

/** What has to be taken out of a backbone for the run's experiments, shard by shard. */
export function extractTasks(config: RunConfig, backbone: string, images: number): ExtractTask[] {
  const parts = config.experiments.filter((experiment) => experiment.backbone === backbone).map(({ part }) => part);
  return [...new Set(parts.map((part) => learnsFrom[part]))].flatMap((kind) =>
    Array.from({ length: shardsOf[kind](config, images) }, (_, shard) => ({ backbone, kind, shard })),
  );
}

/** features <- one job per backbone, kind and shard of images. */
export function extractTree(config: RunConfig, generation: number, manifest: ManifestLine[]): FlowJob {
  const { runId } = config;
  return {
    ...job("collect", "features", jobId.features(runId, generation), { runId, generation }, patient),
    children: backbonesOf(config).flatMap((backbone) =>
      extractTasks(config, backbone, manifest.length).map((task) =>
        child("extract", "extract", jobId.extract(runId, generation, task), { runId, ...task }, jobOptions),
      ),
    ),
  };
}

/** report <- one job per experiment whose backbone has features. */
export function learnTree(config: RunConfig, generation: number, features: FeaturesIndex): FlowJob {
  const { runId } = config;
  return {
    ...job("collect", "report", jobId.report(runId, generation), { runId, generation }, patient),
    children: runnableExperiments(config, features).map(({ name }) =>
      child("learn", "experiment", jobId.experiment(runId, generation, name), { runId, experiment: name }, jobOptions),
    ),
  };
}

export function backbonesOf(config: RunConfig): string[] {
  return [...new Set(config.experiments.map((experiment) => experiment.backbone))];
}

/** The experiments whose backbone's features are there. */
export function runnableExperiments(config: RunConfig, features: FeaturesIndex): Experiment[] {
  return config.experiments.filter(({ backbone }) => "weights" in (features.backbones[backbone] ?? {}));
}

/**
 * Why the run stops before learning, or undefined when it goes on.
 *
 * @param classesBefore the classes of each split as submitted; `classesAfter` those of the images that were prepared
 */
export function stopReason(
  config: Pick<RunConfig, "continueWithFailures">,
  counts: { studies: number; failed: number },
  classesBefore: Record<string, Set<number>>,
  classesAfter: Record<string, Set<number>>,
): string | undefined {
  for (const [split, classes] of Object.entries(classesBefore)) {
    const lost = [...classes].filter((label) => !classesAfter[split]?.has(label));
    if (lost.length > 0)
      return `The ${split} split has no ${lost.map((label) => (label === 1 ? "malignant" : "benign")).join(" and no ")} image left after preprocessing: mend the failed studies, then \`mammoflow retry --failed\`.`;
  }
  const allowed = Math.max(10, Math.floor(counts.studies / 100));
  if (counts.failed > allowed && !config.continueWithFailures)
    return `${counts.failed} of ${counts.studies} studies failed, more than the ${allowed} allowed: mend them and \`mammoflow retry --failed\`, or submit with --continue-with-failures.`;
  return undefined;
}

/** Enqueues a stage; adding it again while it is there changes nothing. */
export async function startStage(
  queues: Queues,
  runId: string,
  stage: StageName,
  tree: FlowJob,
  total: number,
): Promise<void> {
  await openStage(queues.redis, runId, stage, { jobId: String(tree.opts?.jobId), total });
  await queues.flows.add(tree);
}
