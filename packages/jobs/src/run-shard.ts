import { DelayedError, WaitingChildrenError, type Job } from "bullmq";
import { AppError, estimateEnergy, type Energy, type Settings } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { replaceObject } from "@mammoflow/storage";
import { byJobId } from "./consume.ts";
import { jobId, payloads, results, type Payload } from "./payloads.ts";
import { jobOptions, type Queues } from "./queues.ts";
import { closedShardsKey, openShardsKey } from "./registry.ts";
import {
  indexedStudySchema,
  jsonBytes,
  linesBytes,
  objectNames,
  present,
  readJson,
  readLines,
  studyRecordSchema,
  type IndexedStudy,
  type ShardLine,
} from "./run-objects.ts";

/** Reads of the store under way at once while a shard looks for its records. */
const parallelReads = 32;

export interface ShardDeps {
  queues: Queues;
  store: ObjectStore;
  /** A shard waits while more studies than `highWaterMark` are queued. */
  settings: Settings;
}

interface ShardResult {
  done: number;
  failed: number;
  /** Absent where no study was prepared now. */
  energy?: Energy;
}

/**
 * One shard of a run, in two steps around its studies: `expand` adds a job for each study that the store lacks and waits
 * for them; `collect` writes what became of every study, done or failed with its reason, as `shards/NNNN.jsonl`.
 *
 * @throws WaitingChildrenError, DelayedError as BullMQ's way of stepping aside
 */
export async function runShard(job: Job, token: string, deps: ShardDeps): Promise<ShardResult> {
  const payload = payloads.shard.parse(job.data);
  const name = objectNames.index(payload.runId, payload.shard);
  const studies = present(await readLines(deps.store, name, indexedStudySchema), name, payload.runId);
  if (payload.step === "expand") {
    await expand(job, token, payload, studies, deps);
    await job.updateData({ ...payload, step: "collect" } satisfies Payload<"shard">);
  }
  if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();
  return collect(job, payload, studies, deps);
}

async function expand(
  job: Job,
  token: string,
  payload: Payload<"shard">,
  studies: IndexedStudy[],
  deps: ShardDeps,
): Promise<void> {
  const { runId, generation, shard } = payload;
  const { preprocess } = deps.queues.queue;
  if ((await preprocess.getJobCountByTypes("wait", "prioritized")) > deps.settings.highWaterMark) {
    await job.moveToDelayed(Date.now() + 2000, token);
    throw new DelayedError();
  }
  // The first generation finds an empty store, later ones add what is missing.
  const isDone =
    generation === 1
      ? studies.map(() => false)
      : await inParallel(studies, ({ studyId }) => deps.store.exists(objectNames.record(runId, studyId)));
  const id = jobId.shard(runId, generation, shard);
  await deps.queues.redis.hset(openShardsKey(runId), String(shard), `${id} ${isDone.filter(Boolean).length}`);
  const parent = { id: String(job.id), queue: job.queueQualifiedName };
  await preprocess.addBulk(
    studies.flatMap(({ studyId }, index) =>
      isDone[index]
        ? []
        : [
            {
              name: "study",
              data: payloads.study.parse({ runId, shard, studyId }),
              opts: {
                ...jobOptions,
                jobId: jobId.study(runId, generation, shard, index),
                parent,
                ignoreDependencyOnFailure: true,
              },
            },
          ],
    ),
  );
}

async function collect(
  job: Job,
  payload: Payload<"shard">,
  studies: IndexedStudy[],
  deps: ShardDeps,
): Promise<ShardResult> {
  const { runId, generation, shard } = payload;
  const failures = byJobId(await job.getIgnoredChildrenFailures());
  const reasonOf = (index: number): string =>
    failures[jobId.study(runId, generation, shard, index)] ??
    "UNKNOWN: its job vanished from the queue before it ended; `mammoflow retry --failed` runs it again.";
  const records = await inParallel(studies, ({ studyId }) =>
    readJson(deps.store, objectNames.record(runId, studyId), studyRecordSchema),
  );
  const lines = studies.map(({ studyId }, index): ShardLine => {
    const record = records[index];
    return record ? { studyId, done: true, images: record.images } : { studyId, done: false, reason: reasonOf(index) };
  });
  const counts = { done: lines.filter((line) => line.done).length, failed: lines.filter((line) => !line.done).length };
  if (counts.done + counts.failed !== studies.length)
    throw new AppError({ code: "SHARD_COUNT", message: `Shard ${shard} of ${runId} lost count of its studies.` });
  const energy = energyOfStudies(await job.getChildrenValues<unknown>(), deps.settings);
  if (energy)
    await replaceObject(deps.store, objectNames.preparationEnergy(runId, shard, generation), () => jsonBytes(energy));
  await replaceObject(deps.store, objectNames.shard(runId, shard), () => linesBytes(lines));
  await deps.queues.redis
    .multi()
    .hset(closedShardsKey(runId), String(shard), `${counts.done} ${counts.failed}`)
    .hdel(openShardsKey(runId), String(shard))
    .exec();
  return { ...counts, ...(energy && { energy }) };
}

function energyOfStudies(values: Record<string, unknown>, settings: Settings): Energy | undefined {
  const prepared = Object.values(values)
    .map((value) => results.study.parse(value))
    .filter(({ cpuMs }) => cpuMs !== undefined);
  if (prepared.length === 0) return undefined;
  const sumOf = (name: "ms" | "cpuMs"): number => prepared.reduce((sum, result) => sum + (result[name] ?? 0), 0);
  return estimateEnergy({ seconds: sumOf("ms") / 1000, cpuSeconds: sumOf("cpuMs") / 1000 }, settings);
}

async function inParallel<Item, Result>(items: Item[], action: (item: Item) => Promise<Result>): Promise<Result[]> {
  const found: Result[] = [];
  for (let start = 0; start < items.length; start += parallelReads)
    found.push(...(await Promise.all(items.slice(start, start + parallelReads).map(action))));
  return found;
}
