import { Job } from "bullmq";
import type { Queues } from "./queues.ts";
import {
  closedShardsKey,
  openShardsKey,
  readRun,
  stageNames,
  type RunRecord,
  type StageName,
  type StageRecord,
} from "./registry.ts";

export interface StageProgress {
  stage: StageName;
  total: number;
  done: number;
  failed: number;
  isClosed: boolean;
  /** Since the stage began, until now or its end. */
  seconds: number;
  /** Done and failed per second of this generation; 0 until there is something to count. */
  perSecond: number;
  etaSeconds: number | null;
}

export interface RunProgress extends Omit<RunRecord, "stages"> {
  /** The stages that have begun, in order. */
  stages: StageProgress[];
}

/**
 * How far a run is, counted from what is there: closed shards, plus the dependency counts of what is open. The cost does
 * not grow with the number of studies.
 *
 * @returns undefined when the queue knows no such run
 */
export async function readProgress(
  queues: Queues,
  runId: string,
  nowMs = Date.now(),
): Promise<RunProgress | undefined> {
  const run = await readRun(queues.redis, runId);
  if (!run) return undefined;
  const stages: StageProgress[] = [];
  for (const stage of stageNames) {
    const record = run.stages[stage];
    if (record) stages.push(stageProgress(stage, record, await countStage(queues, runId, stage, record), nowMs));
  }
  return { ...run, stages };
}

interface Counts {
  done: number;
  failed: number;
  /** Of `done`, what an earlier generation did. */
  before: number;
}

async function countStage(queues: Queues, runId: string, stage: StageName, record: StageRecord): Promise<Counts> {
  if (record.ended) return { ...record.ended, before: 0 };
  if (stage !== "preprocess") return dependencies(queues, record.jobId);
  const closed = Object.values(await queues.redis.hgetall(closedShardsKey(runId))).map(twoNumbers);
  const open = Object.values(await queues.redis.hgetall(openShardsKey(runId)));
  const counts: Counts = { done: 0, failed: 0, before: 0 };
  for (const [done, failed] of closed) {
    counts.done += done;
    counts.failed += failed;
  }
  for (const entry of open) {
    const [jobId = "", before = "0"] = entry.split(" ");
    const under = await dependencies(queues, jobId);
    counts.done += under.done + Number(before);
    counts.failed += under.failed;
    counts.before += Number(before);
  }
  return counts;
}

async function dependencies(queues: Queues, jobId: string): Promise<Counts> {
  const job = await Job.fromId(queues.queue.collect, jobId);
  if (!job) return { done: 0, failed: 0, before: 0 };
  const { processed = 0, ignored = 0, failed = 0 } = await job.getDependenciesCount();
  return { done: processed, failed: ignored + failed, before: 0 };
}

function stageProgress(stage: StageName, record: StageRecord, counts: Counts, nowMs: number): StageProgress {
  const seconds = Math.max(0, ((record.ended?.atMs ?? nowMs) - record.startedAtMs) / 1000);
  const worked = counts.done + counts.failed - counts.before;
  const perSecond = seconds > 0 ? worked / seconds : 0;
  const left = record.total - counts.done - counts.failed;
  return {
    stage,
    total: record.total,
    done: counts.done,
    failed: counts.failed,
    isClosed: record.ended !== undefined,
    seconds,
    perSecond,
    etaSeconds: record.ended ? 0 : perSecond > 0 ? left / perSecond : null,
  };
}

function twoNumbers(entry: string): [number, number] {
  const [first, second] = entry.split(" ");
  return [Number(first), Number(second)];
}
