import { connectRedis, openQueues, readRun, type Queues, type RunRecord } from "@mammoflow/jobs";
import { AppError, isLocalRedisUp, loadSettings, localRedisSocket, whoAmI, type Settings } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";

/** A connection to the queue that a verb talks to. */
export interface Session {
  queues: Queues;
  settings: Settings;
  /** Recorded with everything that this person starts. */
  who: string;
  close(): Promise<void>;
}

/** The queue's address: REDIS_URL, else the local one if it is up. */
export async function findRedisUrl(settings: Settings): Promise<string | undefined> {
  if (settings.redisUrl !== undefined) return settings.redisUrl;
  return (await isLocalRedisUp(settings.homeDir)) ? `unix://${localRedisSocket(settings.homeDir)}` : undefined;
}

/**
 * Connects to the queue.
 *
 * @throws AppError `NO_QUEUE` when none is set and none runs here; `REDIS_UNREACHABLE` when the set one does not answer
 */
export async function openSession(settings: Settings = loadSettings(), redisUrl?: string): Promise<Session> {
  const url = redisUrl ?? (await findRedisUrl(settings));
  if (url === undefined)
    throw new AppError({
      code: "NO_QUEUE",
      message:
        "No queue runs on this machine and REDIS_URL is not set: start one with `mammoflow up` in another terminal, or set REDIS_URL.",
    });
  const redis = await connectRedis(url, "client");
  const queues = openQueues(redis);
  return {
    queues,
    settings,
    who: whoAmI(settings),
    async close() {
      await queues.close();
      redis.disconnect();
    },
  };
}

/** @throws AppError `RUN_UNKNOWN` */
export async function findRun({ queues }: Session, runId: string): Promise<RunRecord> {
  const run = await readRun(queues.redis, runId);
  if (run) return run;
  throw new AppError({
    code: "RUN_UNKNOWN",
    message: `The queue knows no run ${runId}: \`mammoflow status\` lists its runs; \`mammoflow resume ${runId} --out <store>\` brings one back from its store.`,
  });
}

/** The store of a run: the one given, else the one that the queue knows. */
export async function storeOfRun(session: Session, runId: string, out?: string): Promise<ObjectStore> {
  return openStore(out ?? (await findRun(session, runId)).store, session.settings.gcsEndpoint);
}
