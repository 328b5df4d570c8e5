import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer } from "./consume.ts";
import type { QueueName, Queues } from "./queues.ts";

/**
 * Waits until a consumer has nothing to do and its queue nothing for it: no job that waits, for its turn or for another
 * try, and none whose worker is gone, which the queue hands out again after a while. Jobs that others work on do not
 * count. So a worker that came for the queue can go, and an autoscaler that counts the same jobs sends no other after it.
 */
export async function untilDrained(
  queues: Queues,
  queueName: QueueName,
  consumer: Consumer,
  pollMs = 1000,
): Promise<void> {
  for (;;) {
    while (consumer.busy > 0 || (await hasWork(queues, queueName))) await sleep(pollMs);
    // It may have taken a job since it was asked.
    await consumer.pause();
    if (!(await hasWork(queues, queueName))) return;
    await consumer.resume();
  }
}

async function hasWork({ queue, redis }: Queues, queueName: QueueName): Promise<boolean> {
  const { [queueName]: asked } = queue;
  if ((await asked.getJobCountByTypes("wait", "prioritized", "delayed")) > 0) return true;
  const active = await asked.getRanges(["active"]);
  const locks = await Promise.all(active.map((id) => redis.exists(`${asked.toKey(id)}:lock`)));
  return locks.includes(0);
}
