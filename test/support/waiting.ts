import { setTimeout as sleep } from "node:timers/promises";
import { commandOf } from "./processes.ts";

/** Waits until the condition holds. */
export async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  for (const startedAt = Date.now(); !(await holds()); await sleep(20))
    if (Date.now() - startedAt > timeoutMs) throw new Error(`${String(holds)} did not come true in ${timeoutMs} ms`);
}

/** Whether a process runs; one that has ended and that nobody asked after does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || commandOf(pid) !== "";
  } catch {
    return false;
  }
}
