import type { Command } from "commander";
import { cancelRun } from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import { findRun, openSession, storeOfRun } from "../session.ts";
import { print } from "../terminal.ts";

export function configure(command: Command): void {
  command
    .argument("<run>", "the run to stop")
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow cancel demo-20260101-120000\n\nWorkers stop within seconds. What is done stays, and `mammoflow resume` goes on from there.",
    )
    .action(cancel);
}

async function cancel(runId: string): Promise<void> {
  const session = await openSession();
  try {
    const run = await findRun(session, runId);
    if (run.state !== "running")
      throw new AppError({
        code: "RUN_ENDED",
        message: `The run ${runId} has ended already (${run.state}): there is nothing to cancel.`,
      });
    await cancelRun({ store: await storeOfRun(session, runId), queues: session.queues, who: session.who }, runId);
    print(`${runId} is cancelled: \`mammoflow resume ${runId}\` goes on with it.`);
  } finally {
    await session.close();
  }
}
