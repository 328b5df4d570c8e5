import { TryLaterError } from "./failures.ts";

export interface RateLimit {
  /**
   * Counts one request of somebody.
   *
   * @throws TryLaterError `RATE_LIMIT` when there were too many of late
   */
  take(who: string): void;
}

/** Of somebody who is not heard of for so long nothing is remembered; so are at most so many. */
const rememberMs = 10 * 60_000;
const mostRemembered = 10_000;

/**
 * A bucket for each who asks: it holds the requests of half a minute and fills evenly. In this process alone: several replicas allow
 * several times as much.
 */
export function createRateLimit(perMinute: number, now: () => number = Date.now): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>();
  const size = Math.max(1, perMinute / 2);
  const perMs = perMinute / 60_000;
  return {
    take(who) {
      const at = now();
      const before = buckets.get(who);
      const left = before ? Math.min(size, before.left + (at - before.at) * perMs) : size;
      // Set anew, so that the map's order is that of the last requests.
      buckets.delete(who);
      buckets.set(who, { left: left >= 1 ? left - 1 : left, at });
      for (const [oldest, bucket] of buckets)
        if (at - bucket.at > rememberMs || buckets.size > mostRemembered) buckets.delete(oldest);
        else break;
      if (left >= 1) return;
      throw new TryLaterError({
        code: "RATE_LIMIT",
        message: `More than ${perMinute} requests a minute came with this key: try again later.`,
        retryAfterS: (1 - left) / perMs / 1000,
      });
    },
  };
}
