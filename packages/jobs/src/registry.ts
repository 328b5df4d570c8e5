import type { Redis } from "ioredis";
import { z } from "zod";
import { prefix } from "./queues.ts";

export const stageNames = ["preprocess", "extract", "learn"] as const;
export type StageName = (typeof stageNames)[number];

const stageRecordSchema = z.object({
  /** The root of the stage's tree; its dependencies are counted while the stage is open. */
  jobId: z.string(),
  total: z.number(),
  startedAtMs: z.number(),
  /** Present once the stage is closed. */
  ended: z.object({ done: z.number(), failed: z.number(), atMs: z.number() }).optional(),
});
export type StageRecord = z.infer<typeof stageRecordSchema>;

const runRecordSchema = z.object({
  store: z.string(),
  state: z.enum(["running", "done", "stopped", "failed", "cancelled"]),
  reason: z.string().default(""),
  generation: z.coerce.number(),
  submittedAtMs: z.coerce.number(),
  studies: z.coerce.number(),
  images: z.coerce.number(),
  shards: z.coerce.number(),
  endedAtMs: z.coerce.number().optional(),
});

/** What Redis knows of a run: where its store is and how it goes. All of it can be rebuilt from the store. */
export type RunRecord = z.infer<typeof runRecordSchema> & {
  runId: string;
  stages: Partial<Record<StageName, StageRecord>>;
};
export type RunState = RunRecord["state"];

const runsKey = `${prefix}:runs`;
const runKey = (runId: string): string => `${prefix}:run:${runId}`;
/** Hash of closed shards: number -> "done failed". */
export const closedShardsKey = (runId: string): string => `${runKey(runId)}:closed`;
/** Hash of expanded, not yet closed shards: number -> "jobId before" (studies that were done before). */
export const openShardsKey = (runId: string): string => `${runKey(runId)}:open`;

/** Puts a run on record, or its next generation over the last. */
export async function registerRun(
  redis: Redis,
  run: Pick<RunRecord, "runId" | "store" | "generation" | "submittedAtMs" | "studies" | "images" | "shards">,
): Promise<void> {
  const { runId, ...fields } = run;
  await redis
    .multi()
    .zadd(runsKey, "NX", run.submittedAtMs, runId)
    .del(runKey(runId), openShardsKey(runId))
    .hset(runKey(runId), { ...fields, state: "running" })
    .exec();
}

export async function readRun(redis: Redis, runId: string): Promise<RunRecord | undefined> {
  const fields = await redis.hgetall(runKey(runId));
  if (Object.keys(fields).length === 0) return undefined;
  const stages: Partial<Record<StageName, StageRecord>> = {};
  for (const stage of stageNames) {
    const text = fields[`stage:${stage}`];
    if (text !== undefined) stages[stage] = stageRecordSchema.parse(JSON.parse(text));
  }
  return { ...runRecordSchema.parse(fields), runId, stages };
}

/** The newest runs first. */
export async function listRuns(redis: Redis, limit = 1000): Promise<RunRecord[]> {
  const ids = await redis.zrevrange(runsKey, 0, limit - 1);
  const runs = await Promise.all(ids.map((runId) => readRun(redis, runId)));
  return runs.filter((run) => run !== undefined);
}

/** Ends a running run; one that was ended otherwise, by `cancel` say, keeps its state. */
export async function endRun(
  redis: Redis,
  runId: string,
  state: Exclude<RunState, "running">,
  reason = "",
): Promise<void> {
  await redis.eval(
    `if redis.call("HGET", KEYS[1], "state") == "running" then
       redis.call("HSET", KEYS[1], "state", ARGV[1], "reason", ARGV[2], "endedAtMs", ARGV[3])
     end`,
    1,
    runKey(runId),
    state,
    reason,
    Date.now(),
  );
}

export async function openStage(
  redis: Redis,
  runId: string,
  stage: StageName,
  record: { jobId: string; total: number },
): Promise<void> {
  await redis.hset(
    runKey(runId),
    `stage:${stage}`,
    JSON.stringify({ ...record, startedAtMs: Date.now() } satisfies StageRecord),
  );
}

export async function closeStage(
  redis: Redis,
  runId: string,
  stage: StageName,
  counts: { done: number; failed: number },
): Promise<void> {
  const record = (await readRun(redis, runId))?.stages[stage];
  if (record)
    await redis.hset(
      runKey(runId),
      `stage:${stage}`,
      JSON.stringify({ ...record, ended: { ...counts, atMs: Date.now() } } satisfies StageRecord),
    );
}

/** The runs among these that were cancelled. */
export async function cancelledAmong(redis: Redis, runIds: string[]): Promise<Set<string>> {
  const states = await Promise.all(runIds.map((runId) => redis.hget(runKey(runId), "state")));
  return new Set(runIds.filter((_, index) => states[index] === "cancelled"));
}
