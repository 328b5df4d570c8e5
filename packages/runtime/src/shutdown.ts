import type { Logger } from "./logging.ts";

/** Something that was opened and must be closed. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * Closes a service on SIGTERM or SIGINT, or when the process that supervises it is gone, in the given order, then ends
 * the process.
 *
 * A second signal, or `graceMs` passing, ends it at once: the queue hands its jobs to another worker.
 */
export function closeOnSignal(closables: Closable[], log: Logger, graceMs = 25_000): void {
  let closing = false;
  const close = async (signal: string): Promise<void> => {
    if (closing) process.exit(130);
    closing = true;
    log.debug({ signal }, "closing");
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
}
