import type { Command } from "commander";
import { followRun } from "../follow-run.ts";
import { openSession } from "../session.ts";
import { showOutcome } from "../show-outcome.ts";

export function configure(command: Command): void {
  command
    .argument("<run>", "the run to follow")
    .option("--json", "print the outcome as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow watch demo-20260101-120000\n\nEnds with 0 when the run is done, with 1 when it stopped, failed or was cancelled.",
    )
    .action(watch);
}

async function watch(runId: string, options: { json?: boolean }): Promise<void> {
  const session = await openSession();
  try {
    await showOutcome(await followRun(session.queues, runId), {
      json: options.json === true,
      gcsEndpoint: session.settings.gcsEndpoint,
    });
  } finally {
    await session.close();
  }
}
