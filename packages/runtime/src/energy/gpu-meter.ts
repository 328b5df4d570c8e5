import { spawn } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

const intervalMs = 1000;

/** Adds up the power that NVIDIA's graphics cards draw. */
export interface GpuMeter {
  /** Joules of all cards that can be seen, or 0 where this process has none of them open. */
  stop(): number;
}

/**
 * Watches the cards through NVIDIA's own `nvidia-smi` (NVML), once a second; where there is none, it counts nothing.
 *
 * @param program `nvidia-smi`
 * @param openFiles the folder that lists the files this process has open: `/proc/self/fd`
 */
export function watchGpus(program: string, openFiles: string): GpuMeter {
  let joules = 0;
  let rest = "";
  const query = ["--query-gpu=power.draw", "--format=csv,noheader,nounits", `--loop-ms=${intervalMs}`];
  const child = spawn(program, query, { stdio: ["ignore", "pipe", "ignore"] });
  child.on("error", () => {}); // no such program: no cards
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const watts = Number(line); // a card that cannot tell says "[N/A]"
      if (Number.isFinite(watts)) joules += (watts * intervalMs) / 1000;
    }
  });
  child.unref();
  return {
    stop() {
      const isUsed = hasCardOpen(openFiles);
      // A child that could not be started has no process of its own: Node would send the signal to this one's group.
      if (child.pid !== undefined) child.kill();
      return isUsed ? joules : 0;
    },
  };
}

/** A process that computes on a card has `/dev/nvidia0` or the like open. */
function hasCardOpen(openFiles: string): boolean {
  try {
    return readdirSync(openFiles).some((descriptor) => {
      try {
        return /^\/dev\/nvidia\d+$/.test(readlinkSync(join(openFiles, descriptor)));
      } catch {
        return false; // closed meanwhile
      }
    });
  } catch {
    return false;
  }
}
