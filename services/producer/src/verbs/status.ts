import type { Command } from "commander";
import { listRuns, readProgress } from "@mammoflow/jobs";
import { stageLine } from "../follow-run.ts";
import { findRun, openSession } from "../session.ts";
import { print, printJson } from "../terminal.ts";

export function configure(command: Command): void {
  command
    .argument("[run]", "a run; without it, all runs")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  mammoflow status demo-20260101-120000")
    .action(status);
}

async function status(runId: string | undefined, options: { json?: boolean }): Promise<void> {
  const session = await openSession();
  try {
    if (runId !== undefined) {
      await findRun(session, runId);
      const run = await readProgress(session.queues, runId);
      if (options.json) printJson(run);
      else
        print(
          [
            `${runId}: ${run?.state}${run?.reason ? ` (${run.reason})` : ""}, in ${run?.store}`,
            ...(run?.stages ?? []).map(stageLine),
          ].join("\n"),
        );
      return;
    }
    const runs = await listRuns(session.queues.redis);
    if (options.json) printJson(runs);
    else if (runs.length === 0) print("No runs yet: `mammoflow submit <data set> --out <folder>` starts one.");
    for (const run of options.json ? [] : runs)
      print(
        `${run.runId.padEnd(28)} ${run.state.padEnd(10)} ${String(run.studies).padStart(8)} studies  ${new Date(run.submittedAtMs).toISOString().slice(0, 16).replace("T", " ")}  ${run.store}`,
      );
  } finally {
    await session.close();
  }
}
