import { randomBytes } from "node:crypto";
import { open, readFile, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "./errors.ts";

/** A lock older than this belongs to a process that died: its holder needs milliseconds. */
const staleMs = 10_000;

/**
 * Waits until the lock file is ours; one left by a process that died is taken over.
 *
 * @returns what gives the lock back
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const token = randomBytes(8).toString("hex");
  while (!(await made(path, token))) {
    if (await isStale(path)) await takeOver(path);
    else await sleep(5 + Math.random() * 10);
  }
  return () => removeOwn(path, token);
}

/** One at a time, so that nobody takes away the lock that another has made meanwhile. */
async function takeOver(path: string): Promise<void> {
  const takeover = `${path}-takeover`;
  const token = randomBytes(8).toString("hex");
  if (!(await made(takeover, token))) {
    if (await isStale(takeover)) await rm(takeover, { force: true });
    else await sleep(5 + Math.random() * 10);
    return;
  }
  try {
    if (await isStale(path)) await rm(path, { force: true });
  } finally {
    await removeOwn(takeover, token);
  }
}

async function made(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(token);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > staleMs;
}

/** A holder that was stopped for long may have lost its lock: another's stays. */
async function removeOwn(path: string, token: string): Promise<void> {
  const holder = await readFile(path, "utf8").catch(() => undefined);
  if (holder === token) await rm(path, { force: true });
}
