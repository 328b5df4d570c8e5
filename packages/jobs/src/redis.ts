import { AppError } from "@mammoflow/runtime";
import { Redis } from "ioredis";

/**
 * A connection for the use that BullMQ or we make of it.
 *
 * - `client`: a person waits for the answer, so an unreachable server fails at once.
 * - `worker`: waits for the server for ever, through restarts and failovers.
 *
 * @param url `redis://`, `rediss://`, or `unix:///path/of/socket`
 * @throws AppError `REDIS_UNREACHABLE` (client only)
 */
export async function connectRedis(url: string, use: "client" | "worker"): Promise<Redis> {
  const options = {
    lazyConnect: true,
    maxRetriesPerRequest: use === "worker" ? null : 1,
    retryStrategy: (times: number) => (use === "worker" ? Math.min(times * 200, 5000) : null),
    // A replica after a failover, a server that still loads its log: connect again and repeat the command.
    reconnectOnError: (error: Error): 2 | false => (/^(READONLY|LOADING)/.test(error.message) ? 2 : false),
  };
  const redis = url.startsWith("unix://")
    ? new Redis({ ...options, path: url.slice("unix://".length) })
    : new Redis(url, options);
  // Without a listener ioredis prints every failed attempt; failed commands reject, which is where errors are handled.
  let lastError: Error | undefined;
  redis.on("error", (error: Error) => (lastError = error));
  if (use === "worker") {
    redis.connect().catch(() => {});
    return redis;
  }
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    const cause = lastError ?? error;
    throw new AppError({
      code: "REDIS_UNREACHABLE",
      message: `The queue at ${withoutPassword(url)} does not answer (${cause instanceof Error ? cause.message || cause.name : String(cause)}): start it, or correct REDIS_URL.`,
      retryable: true,
      cause,
    });
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//***@");
}
