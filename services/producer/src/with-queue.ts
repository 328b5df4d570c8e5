import { availableParallelism } from "node:os";
import { loadSettings } from "@mammoflow/runtime";
import { startLocalServices } from "./local-services.ts";
import { findRedisUrl, openSession, type Session } from "./session.ts";
import { note } from "./terminal.ts";

/**
 * Does something with the queue that is set or runs here. Where there is none, a local one with its workers runs for as
 * long as the action takes; the action is told so, because nobody else will finish what it leaves in that queue.
 */
export async function withQueue(action: (session: Session, isOwnQueue: boolean) => Promise<void>): Promise<void> {
  const settings = loadSettings();
  const redisUrl = await findRedisUrl(settings);
  if (redisUrl !== undefined) {
    const session = await openSession(settings, redisUrl);
    return actThenClose(session, () => action(session, false));
  }
  const preprocessWorkers = Math.max(1, availableParallelism());
  note(
    `No queue is set or running: starting one here with ${preprocessWorkers} preprocess workers and a train worker until this run ends.`,
  );
  const services = await startLocalServices(settings, { preprocessWorkers, trainWorkers: 1, hasDashboard: false });
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      note("Stopping; `mammoflow resume` goes on from what is done.");
      void services.close().then(() => process.exit(130));
    });
  try {
    const session = await openSession(settings, services.redisUrl);
    await actThenClose(session, () => action(session, true));
  } finally {
    await services.close();
  }
}

async function actThenClose(session: Session, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } finally {
    await session.close();
  }
}
