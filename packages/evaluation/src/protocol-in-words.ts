import type { RunSummary } from "./run-summary.ts";

/** `recommended`, or `recommended, but for: epochs 5 instead of 30; test-flips none instead of all`. */
export function protocolInWords({ name, changed }: NonNullable<RunSummary["protocol"]>): string {
  const changes = changed.map(({ option, from, to }) => `${option} ${to} instead of ${from}`);
  return changes.length === 0 ? name : `${name}, but for: ${changes.join("; ")}`;
}
