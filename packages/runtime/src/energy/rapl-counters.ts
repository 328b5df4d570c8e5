import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One of the processor's energy counters (RAPL), which begins again at 0 when it is full. */
interface Counter {
  file: string;
  rangeMicrojoules: number;
  last: number;
}

/** What the processor's energy counters have counted since they were opened. */
export interface RaplCounters {
  /** Reads them, and returns the joules of the whole machine since they were opened. */
  read(): number;
}

/**
 * The counters of processor packages and memory in Linux's power capping tree (Documentation/power/powercap). Must be read
 * more often than they go round, which takes a quarter of an hour or more.
 *
 * @param folder `/sys/class/powercap`
 * @returns undefined where there are none or they may not be read, as is usual without root
 */
export function openRaplCounters(folder: string): RaplCounters | undefined {
  try {
    // `intel-rapl:0` is a package, `intel-rapl:0:1` a part of it; memory is a part that the package does not include.
    const counters = readdirSync(folder)
      .filter((name) => /^intel-rapl:\d+(:\d+)?$/.test(name))
      .filter((name) => (/:\d+:/.test(name) ? /^dram/ : /^package/).test(textOf(join(folder, name, "name"))))
      .map((name): Counter => {
        const file = join(folder, name, "energy_uj");
        return {
          file,
          rangeMicrojoules: Number(textOf(join(folder, name, "max_energy_range_uj"))),
          last: Number(textOf(file)),
        };
      });
    return counters.length === 0 ? undefined : { read: joulesOf(counters) };
  } catch {
    return undefined;
  }
}

function joulesOf(counters: Counter[]): () => number {
  let microjoules = 0;
  return () => {
    for (const counter of counters) {
      const now = Number(textOf(counter.file));
      microjoules += now >= counter.last ? now - counter.last : now - counter.last + counter.rangeMicrojoules;
      counter.last = now;
    }
    return microjoules / 1e6;
  };
}

const textOf = (file: string): string => readFileSync(file, "utf8").trim();
