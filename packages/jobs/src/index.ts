export { appendAudit, appendAuditTo, readAudit, readAuditIn, type AuditEvent } from "./audit.ts";
export { consume, type ChildOutcomes, type Consumer, type Handlers, type JobContext } from "./consume.ts";
export { jobId, results, runIdSchema, type ExtractKind, type Payload } from "./payloads.ts";
export { readProgress, type RunProgress, type StageProgress } from "./progress.ts";
export { openQueues, prefix, awaitingStates, queueNames, type QueueName, type Queues } from "./queues.ts";
export { connectRedis } from "./redis.ts";
export {
  closeStage,
  listRuns,
  readRun,
  endRun,
  stageNames,
  type RunRecord,
  type RunState,
  type StageName,
} from "./registry.ts";
export { imageFeaturesName, planExperiments, type ExperimentPlan, type SettingAxis } from "./plan-experiments.ts";
export { runConfigSchema, sourceNamed, type Experiment, type RunConfig } from "./run-config.ts";
export * from "./run-objects.ts";
export { runShard, type ShardDeps } from "./run-shard.ts";
export {
  backbonesOf,
  extractTasks,
  extractTree,
  learnTree,
  runnableExperiments,
  startStage,
  stopReason,
} from "./stages.ts";
export { cancelRun, resumeRun, submitRun } from "./submit-run.ts";
export { createRunReader, type OpenRun, type RunReader } from "./run-reader.ts";
export { untilDrained } from "./until-drained.ts";
export type { WeightsFacts } from "./weights-facts.ts";
