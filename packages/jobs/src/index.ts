export {
  appendDashboardAudit,
  appendUsersAudit,
  readAuditLog,
  type AuditLine,
  type AuditLog,
  type AuditSources,
} from "./audit-log.ts";
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
export * from "./objects.ts";
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
