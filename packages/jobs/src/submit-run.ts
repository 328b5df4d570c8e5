import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import { appendAudit } from "./audit.ts";
import { type Queues } from "./queues.ts";
import { closedShardsKey, readRun, registerRun, endRun } from "./registry.ts";
import type { RunConfig } from "./run-config.ts";
import {
  jsonBytes,
  linesBytes,
  objectNames,
  readLines,
  readRunConfig,
  runConfigBytes,
  shardLineSchema,
  type IndexedStudy,
} from "./run-objects.ts";
import { preprocessTree, startStage } from "./stages.ts";

const generationSchema = z.object({
  generation: z.number().int().min(1),
  action: z.string(),
  who: z.string(),
  at: z.string(),
});

/**
 * Puts a run into the store and its first stage into the queue.
 *
 * The order makes every point of interruption harmless: index, configuration, generation, and only then the queue;
 * `resumeRun` goes on from any of them.
 *
 * @throws AppError `RUN_EXISTS` when queue or store hold a run of this name
 */
export async function submitRun(
  { store, queues, who }: { store: ObjectStore; queues: Queues; who: string },
  config: RunConfig,
  studies: IndexedStudy[],
): Promise<void> {
  const { runId, shardSize } = config;
  // Jobs of an earlier run of this name may still stand in the queue, and adding them again would change nothing.
  const known = await readRun(queues.redis, runId);
  if (known || (await store.exists(objectNames.config(runId))))
    throw new AppError({
      code: "RUN_EXISTS",
      message: `A run named ${runId} exists already in ${known?.store ?? store.address}: give another --name, or go on with it by \`mammoflow resume ${runId} --out ${known?.store ?? store.address}\`.`,
    });
  for (let shard = 0; shard < config.shards; shard++)
    await store.putOnce(
      objectNames.index(runId, shard),
      linesBytes(studies.slice(shard * shardSize, (shard + 1) * shardSize)),
    );
  await store.putOnce(objectNames.config(runId), runConfigBytes(config));
  await startGeneration(
    { store, queues, who },
    config,
    1,
    "submit",
    Array.from({ length: config.shards }, (_, shard) => shard),
  );
}

/**
 * Goes on with a run from the store alone: what is there is done. Works after the queue lost everything, after `cancel`,
 * and after a run that stopped.
 *
 * @param retryFailed also runs the failed studies again
 * @returns the new generation's number and how many shards of studies it has to look at
 */
export async function resumeRun(
  { store, queues, who }: { store: ObjectStore; queues: Queues; who: string },
  runId: string,
  { retryFailed }: { retryFailed: boolean },
): Promise<{ generation: number; shards: number }> {
  const config = await readRunConfig(store, runId);
  const known = await readRun(queues.redis, runId);
  if (known?.state === "running" && (await isAtWork(queues, known.stages)))
    throw new AppError({
      code: "RUN_RUNNING",
      message: `The run ${runId} is still at work: \`mammoflow watch ${runId}\` shows it, \`mammoflow cancel ${runId}\` stops it.`,
    });
  const open: number[] = [];
  for (let shard = 0; shard < config.shards; shard++) {
    const lines = await readLines(store, objectNames.shard(runId, shard), shardLineSchema);
    const mustRun = (reason: string): boolean => retryFailed || /^(CANCELLED|UNKNOWN|HANDED_BACK)/.test(reason);
    if (lines)
      await queues.redis.hset(
        closedShardsKey(runId),
        String(shard),
        `${lines.filter((line) => line.done).length} ${lines.filter((line) => !line.done).length}`,
      );
    if (!lines || lines.some((line) => !line.done && mustRun(line.reason))) {
      open.push(shard);
      await queues.redis.hdel(closedShardsKey(runId), String(shard));
    }
  }
  const generation = Math.max(await lastGeneration(store, runId), known?.generation ?? 0) + 1;
  await startGeneration({ store, queues, who }, config, generation, retryFailed ? "retry" : "resume", open);
  return { generation, shards: open.length };
}

/** Workers drop the run's jobs within seconds; the store keeps what is done, and `resume` goes on from there. */
export async function cancelRun(
  { store, queues, who }: { store: ObjectStore; queues: Queues; who: string },
  runId: string,
): Promise<void> {
  await endRun(queues.redis, runId, "cancelled", `cancelled by ${who}`);
  await appendAudit(store, runId, { who, action: "cancel", facts: {} });
}

async function startGeneration(
  { store, queues, who }: { store: ObjectStore; queues: Queues; who: string },
  config: RunConfig,
  generation: number,
  action: string,
  shards: number[],
): Promise<void> {
  const { runId } = config;
  const now = new Date();
  const facts = { generation, action, who, at: now.toISOString() };
  await store.putOnce(objectNames.generation(runId, generation), jsonBytes(generationSchema.parse(facts)));
  await appendAudit(
    store,
    runId,
    { who, action, facts: { generation, recipeHash: config.recipeHash, studies: config.dataset.studies } },
    now,
  );
  await registerRun(queues.redis, {
    runId,
    store: store.address,
    generation,
    submittedAtMs: now.getTime(),
    studies: config.dataset.studies,
    images: config.dataset.images,
    shards: config.shards,
  });
  await startStage(queues, runId, "preprocess", preprocessTree(config, generation, shards), config.dataset.studies);
}

async function lastGeneration(store: ObjectStore, runId: string): Promise<number> {
  let last = 0;
  for await (const name of store.list(objectNames.generation(runId, 1).replace(/[^/]*$/, "")))
    last = Math.max(last, Number(/(\d+)\.json$/.exec(name)?.[1] ?? 0));
  return last;
}

/** Whether the queue still holds the root of a stage that has not ended. */
async function isAtWork(
  queues: Queues,
  stages: Partial<Record<string, { jobId: string; ended?: unknown }>>,
): Promise<boolean> {
  const ids = Object.values(stages).flatMap((stage) => (stage && !stage.ended ? [stage.jobId] : []));
  const states = await Promise.all(ids.map((id) => queues.queue.collect.getJobState(id)));
  return states.some((state) => state !== "unknown" && state !== "completed" && state !== "failed");
}
