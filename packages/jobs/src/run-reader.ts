import { AppError } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import type { Redis } from "ioredis";
import { readRun } from "./registry.ts";
import {
  indexedStudySchema,
  objectNames,
  present,
  readLines,
  readRunConfig,
  type IndexedStudy,
} from "./run-objects.ts";
import type { RunConfig } from "./run-config.ts";

/** A run that a worker was given a job of. */
export interface OpenRun {
  store: ObjectStore;
  config: RunConfig;
}

/** Finds what a job's ids stand for. Configurations and indexes never change, so they are read once and kept. */
export interface RunReader {
  /** @throws AppError `RUN_UNKNOWN` when queue or store know no such run */
  open(runId: string): Promise<OpenRun>;
  /** @throws AppError `STUDY_UNKNOWN` when the shard's index has no such study */
  study(runId: string, shard: number, studyId: string): Promise<IndexedStudy>;
}

/** Runs and shards that are kept in memory; the least recently used go first. */
const kept = 32;

export function createRunReader(redis: Redis, gcsEndpoint?: string): RunReader {
  const runs = new Map<string, Promise<OpenRun>>();
  const shards = new Map<string, Promise<Map<string, IndexedStudy>>>();

  const open = (runId: string): Promise<OpenRun> =>
    remember(runs, runId, async () => {
      const known = await readRun(redis, runId);
      if (!known)
        throw new AppError({
          code: "RUN_UNKNOWN",
          message: `The queue knows no run ${runId}: \`mammoflow resume ${runId} --out <store>\` brings it back.`,
        });
      const store = openStore(known.store, gcsEndpoint);
      return { store, config: await readRunConfig(store, runId) };
    });

  return {
    open,
    async study(runId, shard, studyId) {
      const studies = await remember(shards, `${runId} ${shard}`, async () => {
        const name = objectNames.index(runId, shard);
        const lines = present(await readLines((await open(runId)).store, name, indexedStudySchema), name, runId);
        return new Map(lines.map((study) => [study.studyId, study]));
      });
      const study = studies.get(studyId);
      if (!study)
        throw new AppError({ code: "STUDY_UNKNOWN", message: `Shard ${shard} of ${runId} holds no study ${studyId}.` });
      return study;
    },
  };
}

/** The value under the key, made once; a failure is not kept. */
async function remember<Value>(
  cache: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const value = cache.get(key) ?? make();
  cache.delete(key);
  cache.set(key, value);
  for (const oldest of cache.keys()) {
    if (cache.size <= kept) break;
    cache.delete(oldest);
  }
  try {
    return await value;
  } catch (error) {
    if (cache.get(key) === value) cache.delete(key);
    throw error;
  }
}
