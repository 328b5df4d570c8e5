import type { Command } from "commander";
import { UsageError } from "@mammoflow/runtime";
import { goOnWithRun } from "../go-on-with-run.ts";

export function configure(command: Command): void {
  command
    .argument("<run>", "the run whose failures to run again")
    .option("--failed", "run the failed studies again, then everything that depends on them")
    .option("--out <folder|gs://...>", "the run's store, when the queue has forgotten it")
    .option("--watch", "follow it to its end")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  mammoflow retry demo-20260101-120000 --failed --watch")
    .action((runId: string, options: { failed?: boolean; out?: string; watch?: boolean; json?: boolean }) => {
      if (!options.failed) throw new UsageError("Say what to run again: `mammoflow retry RUN --failed`.");
      return goOnWithRun(runId, { ...options, retryFailed: true });
    });
}
