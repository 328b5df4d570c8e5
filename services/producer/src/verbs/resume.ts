import type { Command } from "commander";
import { goOnWithRun } from "../go-on-with-run.ts";

export function configure(command: Command): void {
  command
    .argument("<run>", "the run to go on with")
    .option("--out <folder|gs://...>", "the run's store, when the queue has forgotten it")
    .option("--watch", "follow it to its end")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow resume demo-20260101-120000 --out runs\n\nWorks from the store alone: what is there is done, what is missing is made.",
    )
    .action((runId: string, options: { out?: string; watch?: boolean; json?: boolean }) =>
      goOnWithRun(runId, { ...options, retryFailed: false }),
    );
}
