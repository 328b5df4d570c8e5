import type { Command } from "commander";
import { readAuditLog } from "@mammoflow/jobs";
import { AppError, auditAddressOf, usersFileOf } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import { openSession } from "../session.ts";
import { note, print, printJson } from "../terminal.ts";

export function configure(command: Command): void {
  command
    .argument("[run]", "whose log (default: of the newest runs, of the dashboard and of its users)")
    .option("--who <name>", "what this person did alone")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow audit demo-20260101-120000 --who anna\n\nNewest first. Ends with 1 when an event is missing or was changed afterwards.",
    )
    .action(audit);
}

async function audit(runId: string | undefined, { who, json }: { who?: string; json?: boolean }): Promise<void> {
  const session = await openSession();
  const opened: ObjectStore[] = [];
  const open = (address: string): ObjectStore => {
    const store = openStore(address, session.settings.gcsEndpoint);
    opened.push(store);
    return store;
  };
  try {
    const log = await readAuditLog(
      {
        queues: session.queues,
        openStore: open,
        dashboardStore: open(auditAddressOf(session.settings)),
        usersFile: usersFileOf(session.settings),
      },
      { runId, who },
    );
    if (!log)
      throw new AppError({
        code: "RUN_UNKNOWN",
        message: `The queue knows no run ${runId}: \`mammoflow status\` lists its runs.`,
      });
    if (log.broken.length > 0 || log.unread.length > 0) process.exitCode = 1;
    for (const name of log.broken)
      note(`The chain of ${name} is broken: an event is missing or was changed afterwards.`);
    for (const { log: name, reason } of log.unread) note(`The log of ${name} cannot be read: ${reason}`);
    if (json) return printJson(log);
    for (const line of log.lines)
      print(`${line.at}  ${line.who.padEnd(18)} ${line.action.padEnd(16)} ${line.log}  ${JSON.stringify(line.facts)}`);
  } finally {
    await Promise.all(opened.map((store) => store.close()));
    await session.close();
  }
}
