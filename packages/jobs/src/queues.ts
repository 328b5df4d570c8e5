import { FlowProducer, Queue, type JobsOptions } from "bullmq";
import type { Redis } from "ioredis";

/** A hash tag: a flow across queues must lie in one slot of a Redis Cluster. Autoscalers and ACLs name it. */
export const prefix = "{mammoflow}";

/**
 * - `preprocess`: studies, for many CPU workers
 * - `collect`: shards and stage roots: small work that must not wait behind studies nor start a GPU pod
 * - `extract`, `learn`: for train workers
 */
export const queueNames = ["preprocess", "collect", "extract", "learn"] as const;
export type QueueName = (typeof queueNames)[number];

/** BullMQ's lists and sorted sets of jobs that need a worker: now, soon, or found again should theirs be gone. Autoscalers count them. */
export const awaitingStates = ["wait", "prioritized", "delayed", "active"] as const;

/** How often a job is tried, how long it waits in between, and when its trace goes. */
export const jobOptions: JobsOptions = {
  attempts: 4,
  backoff: { type: "exponential", delay: 1000, jitter: 0.5 },
  // The store holds the truth; these only feed the dashboard.
  removeOnComplete: { age: 3600, count: 2000 },
  removeOnFail: { age: 7 * 24 * 3600, count: 5000 },
};

export interface Queues {
  redis: Redis;
  queue: Record<QueueName, Queue>;
  flows: FlowProducer;
  close(): Promise<void>;
}

/** The producer's side of all queues, on one connection that stays the caller's. */
export function openQueues(redis: Redis): Queues {
  const open = (name: QueueName): Queue => {
    const queue = new Queue(name, { connection: redis, prefix, defaultJobOptions: jobOptions });
    queue.on("error", () => {}); // the command that failed rejects as well
    return queue;
  };
  const queue = {
    preprocess: open("preprocess"),
    collect: open("collect"),
    extract: open("extract"),
    learn: open("learn"),
  };
  const flows = new FlowProducer({ connection: redis, prefix });
  flows.on("error", () => {});
  return {
    redis,
    queue,
    flows,
    async close() {
      await Promise.all([...Object.values(queue).map((each) => each.close()), flows.close()]);
    },
  };
}
