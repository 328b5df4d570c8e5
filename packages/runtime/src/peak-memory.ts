import { readFileSync } from "node:fs";

/**
 * The most memory that this process has held, in MB. Linux starts `maxRSS` of a new process at what the process that
 * started it holds, so its own high-water mark is read instead where the system has one (proc(5), VmHWM).
 */
export function peakMemoryMb(): number {
  return Math.round((ownPeakKb() ?? process.resourceUsage().maxRSS) / 1024);
}

function ownPeakKb(): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return found?.[1] === undefined ? undefined : Number(found[1]);
  } catch {
    return undefined; // no Linux
  }
}
