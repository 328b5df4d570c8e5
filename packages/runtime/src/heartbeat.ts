import { writeFile } from "node:fs/promises";
import type { Closable } from "./shutdown.ts";

export interface HeartbeatOptions {
  /** Unset: nobody looks. */
  file: string | undefined;
  /** Whether the service can do its work now; a rejection or no answer is a no. */
  isWell: () => Promise<boolean>;
  everyMs?: number;
}

/**
 * Writes the time into a file again and again while the service is well. Whoever looks after it (a container's health check)
 * sees by the file's age that it is not, be it hung, stopped or cut off from its queue.
 */
export function keepHeartbeat({ file, isWell, everyMs = 5000 }: HeartbeatOptions): Closable {
  if (file === undefined) return { close: () => Promise.resolve() };
  let isAsking = false;
  const beat = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      if (await isWell()) await writeFile(file, `${new Date().toISOString()}\n`);
    } catch {
      // the file's age tells
    } finally {
      isAsking = false;
    }
  };
  void beat();
  const timer = setInterval(() => void beat(), everyMs);
  return {
    close: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
