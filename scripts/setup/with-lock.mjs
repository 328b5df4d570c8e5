import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while no other process on this machine holds the lock file.
 * A lock whose process has ended is taken over; the file is made by `link`, so it never exists half-written.
 *
 * @param {string} file where the lock lies; its folder is made
 * @param {{ work: () => Promise<T>, onWait?: (holder: string) => void }} options
 * @returns {Promise<T>}
 * @template T
 */
export async function withLock(file, { work, onWait }) {
  const mine = `${hostname()} ${process.pid}`;
  const ticket = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(ticket, mine);
  let told = false;
  try {
    while (!(await taken(ticket, file))) {
      const holder = await readFile(file, "utf8").catch(() => undefined);
      if (holder !== undefined && hasEnded(holder)) {
        await takeAway(file, holder, ticket);
        continue;
      }
      if (!told && holder !== undefined) onWait?.(holder);
      told = true;
      await sleep(250);
    }
    await removeTicketsOfEnded(file);
    try {
      return await work();
    } finally {
      await rm(file, { force: true });
    }
  } finally {
    await rm(ticket, { force: true });
  }
}

/** A process that was killed while it waited leaves its ticket; the process id is in the name. */
async function removeTicketsOfEnded(file) {
  const prefix = `${basename(file)}.`;
  for (const name of await readdir(dirname(file))) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length).split(".")[0] : undefined;
    if (pid && hasEnded(`${hostname()} ${pid}`)) await rm(join(dirname(file), name), { force: true });
  }
}

async function taken(ticket, file) {
  try {
    await link(ticket, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a stale lock; should another process have replaced it meanwhile, its lock is put back. */
async function takeAway(file, holder, ticket) {
  const aside = `${ticket}.stale`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, "utf8")) !== holder) await link(aside, file).catch(() => {});
    await rm(aside, { force: true });
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

function hasEnded(holder) {
  const [host, pid] = holder.split(" ");
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}
