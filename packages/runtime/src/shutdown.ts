import type { Logger } from "./logging.ts";

/** Something that was opened and must be closed. */
export interface Closable {
  close(): Promise<void>;
}

/** A service that has not closed by then is ended; whoever stops it (Kubernetes, Docker) must wait longer than this. */
export const shutdownGraceMs = 25_000;

/**
 * Closes a service on SIGTERM or SIGINT, or when the process that supervises it is gone, in the given order, then ends
 * the process.
 *
 * A second signal, or `graceMs` passing, ends it at once: the queue hands a worker's jobs to another.
 *
 * @returns what a service calls that ends by itself
 */
export function closeOnSignal(
  closables: Closable[],
  log: Logger,
  graceMs = shutdownGraceMs,
): (reason: string) => Promise<void> {
  let closing = false;
  const close = async (reason: string): Promise<void> => {
    if (closing) process.exit(130);
    closing = true;
    log.debug({ reason }, "closing");
    setTimeout(() => {
      log.warn({ graceMs }, "still busy after the grace period: ending now, unfinished jobs will be run again");
      process.exit(1);
    }, graceMs).unref();
    for (const closable of closables)
      await closable.close().catch((error: unknown) => log.warn({ err: error }, "while closing"));
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void close(signal));
  if (process.connected) process.once("disconnect", () => void close("parent gone"));
  return close;
}
