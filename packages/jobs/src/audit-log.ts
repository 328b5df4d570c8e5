import { basename, dirname } from "node:path";
import type { ObjectStore } from "@mammoflow/storage";
import { appendAuditTo, readAudit, readAuditIn, type AuditEvent } from "./audit.ts";
import { listRuns, readRun } from "./registry.ts";
import type { Queues } from "./queues.ts";

/** An event, and the log that it is from: a run's name, or `dashboard`, or `users`. */
export interface AuditLine extends AuditEvent {
  log: string;
  /** The run, where it is of one. */
  runId?: string;
}

export interface AuditLog {
  /** Newest first. */
  lines: AuditLine[];
  /** Logs of which something is missing or was changed afterwards. */
  broken: string[];
  /** Logs that could not be read, with the reason. */
  unread: { log: string; reason: string }[];
}

export interface AuditSources {
  queues: Queues;
  openStore: (address: string) => ObjectStore;
  /** The store of the dashboard's own log. */
  dashboardStore: ObjectStore;
  usersFile: string;
}

/** What people did with the dashboard that is of no run: who signed in, who changed a queue. */
export function appendDashboardAudit(
  store: ObjectStore,
  event: Pick<AuditEvent, "who" | "action" | "facts">,
): Promise<AuditEvent> {
  return appendAuditTo(store, dashboardFolder, event);
}

/** Who was let in, or out, or got another role: in a folder beside the file of the users. */
export async function appendUsersAudit(
  openStore: (address: string) => ObjectStore,
  usersFile: string,
  event: Pick<AuditEvent, "who" | "action" | "facts">,
): Promise<AuditEvent> {
  const store = openStore(dirname(usersFile));
  try {
    return await appendAuditTo(store, usersFolder(usersFile), event);
  } finally {
    await store.close();
  }
}

/** So many runs are looked into where no run is asked for. */
const newestRuns = 30;

/**
 * The log of one run; without one, those of the newest runs, of the dashboard and of its users.
 *
 * @param who whose events alone
 * @returns undefined when the queue knows no such run
 */
export async function readAuditLog(
  { queues, openStore, dashboardStore, usersFile }: AuditSources,
  { runId, who }: { runId?: string | undefined; who?: string | undefined },
): Promise<AuditLog | undefined> {
  const run = runId === undefined ? undefined : await readRun(queues.redis, runId);
  if (runId !== undefined && !run) return undefined;
  const runs = run ? [run] : await listRuns(queues.redis, newestRuns);
  const logs: { log: string; runId?: string; read: () => ReturnType<typeof readAuditIn> }[] = runs.map((each) => ({
    log: each.runId,
    runId: each.runId,
    read: () => readAudit(openStore(each.store), each.runId),
  }));
  if (!run)
    logs.push(
      { log: "dashboard", read: () => readAuditIn(dashboardStore, dashboardFolder) },
      { log: "users", read: () => readAuditIn(openStore(dirname(usersFile)), usersFolder(usersFile)) },
    );
  const found: AuditLog = { lines: [], broken: [], unread: [] };
  await Promise.all(
    logs.map(async ({ read, ...from }) => {
      try {
        const { events, isWhole } = await read();
        if (!isWhole) found.broken.push(from.log);
        found.lines.push(...events.map((event) => ({ ...event, ...from })));
      } catch (error) {
        found.unread.push({ log: from.log, reason: error instanceof Error ? error.message : String(error) });
      }
    }),
  );
  const lines = who === undefined ? found.lines : found.lines.filter((line) => line.who === who);
  return { ...found, lines: lines.toSorted(newestFirst) };
}

const dashboardFolder = "audit/dashboard/";
const usersFolder = (usersFile: string): string => `${basename(usersFile)}-audit/`;

function newestFirst(a: AuditLine, b: AuditLine): number {
  return a.at === b.at ? b.sequence - a.sequence : a.at < b.at ? 1 : -1;
}
