import type { Queues } from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";

/** A page waits this long for the queue before it says that the queue is away. */
const patienceMs = 3000;

/**
 * Asks the queue something that a person waits for. The connection itself waits for its server for ever, so that the
 * dashboard comes back by itself; the question does not.
 *
 * @throws AppError `QUEUE_AWAY`
 */
export async function askQueue<Answer>(queues: Queues, ask: () => Promise<Answer>): Promise<Answer> {
  if (isAway(queues)) throw queueAway();
  let patience: NodeJS.Timeout | undefined;
  const away = new Promise<never>((_, reject) => {
    patience = setTimeout(() => reject(queueAway()), patienceMs);
  });
  try {
    return await Promise.race([ask(), away]);
  } finally {
    clearTimeout(patience);
  }
}

/** Whether the connection is known to be broken; one that is only being made counts as there. */
export function isAway({ redis }: Queues): boolean {
  return ["reconnecting", "close", "end"].includes(redis.status);
}

export function queueAway(): AppError {
  return new AppError({
    code: "QUEUE_AWAY",
    message:
      "The queue does not answer. Start it with `mammoflow up`, or correct REDIS_URL; this page comes back by itself. What was done is safe in the object store.",
    retryable: true,
  });
}
