import { pino, type Logger } from "pino";

export type { Logger } from "pino";

/** Structured logs on standard error, so that standard output stays free for results. */
export function createLogger(service: string, level: string): Logger {
  return pino(
    { level, base: { service, pid: process.pid }, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ dest: 2, sync: true }),
  );
}
