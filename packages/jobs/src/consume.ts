import { DelayedError, UnrecoverableError, WaitingChildrenError, Worker, type Job } from "bullmq";
import { AppError, messageOf, type Logger } from "@mammoflow/runtime";
import { Redis } from "ioredis";
import type { z } from "zod";
import { payloads, type JobName, type Payload } from "./payloads.ts";
import { prefix, type QueueName } from "./queues.ts";
import { cancelledAmong, endRun } from "./registry.ts";

export interface ChildOutcomes {
  values: Record<string, unknown>;
  /** Reasons, `CODE: sentence`. */
  failures: Record<string, string>;
}

export interface JobContext {
  job: Job;
  token: string;
  /** What became of the job's children, by job id. */
  children: () => Promise<ChildOutcomes>;
  /** Aborts when the lock is lost, the run is cancelled or the worker closes. */
  signal: AbortSignal;
  /** Shows on the dashboard and in `watch`. */
  progress: (body: object) => Promise<void>;
}

/** What a service does for each kind of job on a queue. */
export type Handlers = { [Name in JobName]?: (payload: Payload<Name>, context: JobContext) => Promise<unknown> };

export interface ConsumeOptions {
  queue: QueueName;
  handlers: Handlers;
  /** The worker's own connection (`connectRedis(url, "worker")`); closed with the consumer. */
  redis: Redis;
  concurrency: number;
  log: Logger;
  /** A job whose worker is not heard of for this long is given to another. */
  lockMs: number;
  /** On close, jobs may end within this; then they are handed back to the queue. */
  graceMs: number;
  /** A worker with room that takes no job for this long while jobs wait does not take any. */
  stuckAfterMs?: number;
}

export interface Consumer {
  /** How many jobs it works on. */
  readonly busy: number;
  /** Whether jobs are taken: the queue answers, and no job has waited beside room for it through a minute of questions. */
  isTaking(): Promise<boolean>;
  /** Takes no more jobs and resolves when those it took are done; `resume` takes jobs again. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

class HandedBack extends AppError {}

/** These jobs carry a stage: when one is given up, its run has failed. */
const stageRoots = new Set<string>(["manifest", "features", "report"]);

/**
 * Takes jobs from a queue. This is the edge where failures are decided: a processor throws; what cannot succeed later
 * fails at once, all else is tried again as its options say.
 */
export function consume({
  queue,
  handlers,
  redis,
  concurrency,
  log,
  lockMs,
  graceMs,
  stuckAfterMs = 60_000,
}: ConsumeOptions): Consumer {
  const active = new Map<string, { runId: string; controller: AbortController }>();
  const worker = new Worker(
    queue,
    // BullMQ's own signal (a third parameter) covers only its cancelJob; ours covers lock, run and shutdown.
    async (job, token = "") => {
      const controller = new AbortController();
      const id = String(job.id);
      const runId = String(job.data.runId);
      active.set(id, { runId, controller });
      try {
        if ((await cancelledAmong(redis, [runId])).has(runId)) throw cancelled(runId);
        return await handle(handlers, job, {
          job,
          token,
          signal: controller.signal,
          progress: (body) => job.updateProgress(body),
          children: async () => ({
            values: byJobId(await job.getChildrenValues<unknown>()),
            failures: byJobId(await job.getIgnoredChildrenFailures()),
          }),
        });
      } catch (error) {
        if (error instanceof DelayedError || error instanceof WaitingChildrenError) throw error;
        const cause: unknown = controller.signal.aborted ? controller.signal.reason : error;
        if (cause instanceof HandedBack) {
          await job.moveToDelayed(Date.now() + 100, token);
          throw new DelayedError();
        }
        throw failure(cause);
      } finally {
        active.delete(id);
      }
    },
    { connection: redis, prefix, concurrency, lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: 3 },
  );
  worker.on("error", (error) =>
    log.warn({ queue, reason: messageOf(error) }, "the queue does not answer; trying again"),
  );
  worker.on("lockRenewalFailed", (ids: string[]) => {
    for (const id of ids)
      active
        .get(id)
        ?.controller.abort(
          new AppError({ code: "LOCK_LOST", message: "The queue gave the job to another worker.", retryable: true }),
        );
  });
  // Since when jobs were seen to wait beside room for them, with none taken in between.
  let hungrySince: number | undefined;
  worker.on("active", () => (hungrySince = undefined));
  worker.on("completed", (job) => log.debug({ job: job.id }, "done"));
  worker.on("failed", (job, error) => {
    const isLast =
      job !== undefined && (error instanceof UnrecoverableError || job.attemptsMade >= (job.opts.attempts ?? 1));
    log[isLast ? "error" : "warn"](
      { job: job?.id, reason: error.message },
      isLast ? "failed" : "failed, will be tried again",
    );
    if (isLast && stageRoots.has(job.name))
      endRun(redis, String(job.data.runId), "failed", error.message).catch((cause: unknown) =>
        log.error({ err: cause }, "cannot record a failed run"),
      );
  });

  const watchCancelled = setInterval(() => {
    const runs = [...new Set([...active.values()].map(({ runId }) => runId))];
    if (runs.length === 0 || redis.status !== "ready") return;
    cancelledAmong(redis, runs).then(
      (found) => {
        for (const { runId, controller } of active.values()) if (found.has(runId)) controller.abort(cancelled(runId));
      },
      () => {}, // asked again in a second
    );
  }, 1000);

  return {
    get busy() {
      return active.size;
    },
    async isTaking() {
      if (redis.status !== "ready") return false;
      const [isPaused, waiting, prioritized] = await Promise.all([
        redis.hexists(worker.toKey("meta"), "paused"),
        redis.llen(worker.toKey("wait")),
        redis.zcard(worker.toKey("prioritized")),
      ]);
      if (isPaused || waiting + prioritized === 0 || active.size >= concurrency) hungrySince = undefined;
      else hungrySince ??= Date.now();
      return hungrySince === undefined || Date.now() - hungrySince <= stuckAfterMs;
    },
    pause: () => worker.pause(),
    resume: () => worker.resume(),
    async close() {
      clearInterval(watchCancelled);
      const handBack = setTimeout(() => {
        for (const { controller } of active.values())
          controller.abort(new HandedBack({ code: "HANDED_BACK", message: "The worker closes.", retryable: true }));
      }, graceMs);
      await worker.close();
      clearTimeout(handBack);
      redis.disconnect();
    },
  };
}

async function handle(handlers: Handlers, job: Job, context: JobContext): Promise<unknown> {
  const name = job.name as JobName;
  const handler = handlers[name] as ((payload: unknown, context: JobContext) => Promise<unknown>) | undefined;
  const schema: z.ZodType | undefined = payloads[name];
  if (!handler || !schema)
    throw new AppError({ code: "JOB_UNKNOWN", message: `This worker does not know the job ${job.name}: update it.` });
  const parsed = schema.safeParse(job.data);
  if (!parsed.success)
    throw new AppError({
      code: "JOB_PAYLOAD",
      message: `The payload of ${job.id} does not fit: ${parsed.error.message}`,
    });
  return handler(parsed.data, context);
}

/** BullMQ's keys of children are `prefix:queue:id`. */
export function byJobId<Value>(byKey: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(byKey).map(([key, value]) => [key.slice(key.lastIndexOf(":") + 1), value]));
}

function cancelled(runId: string): AppError {
  return new AppError({ code: "CANCELLED", message: `The run ${runId} was cancelled.` });
}

/** The reason as the queue keeps it: `CODE: sentence`. */
function failure(error: unknown): Error {
  const reason = `${error instanceof AppError ? error.code : "UNEXPECTED"}: ${messageOf(error)}`;
  return error instanceof AppError && !error.retryable
    ? new UnrecoverableError(reason)
    : Object.assign(new Error(reason), { cause: error });
}
