import { loadSettings } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";

/**
 * The store of a run: the one given, else the one that the queue knows.
 *
 * @throws AppError `NO_QUEUE`, `RUN_UNKNOWN`
 */
export async function openRunStore(runId: string, address: string | undefined): Promise<ObjectStore> {
  const settings = loadSettings();
  if (address !== undefined) return openStore(address, settings.gcsEndpoint);
  const { openSession, storeOfRun } = await import("./session.ts"); // the queue's client takes longer to load than a store's
  const session = await openSession(settings);
  try {
    return await storeOfRun(session, runId);
  } finally {
    await session.close();
  }
}
