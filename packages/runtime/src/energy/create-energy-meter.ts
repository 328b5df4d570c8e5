import { cpus } from "node:os";
import { energyOf, estimateEnergy, type Energy, type EnergySettings } from "./energy.ts";
import { watchGpus } from "./gpu-meter.ts";
import { openRaplCounters } from "./rapl-counters.ts";

export interface EnergyMeter {
  /** What this process has used since the meter was made. The meter ends. */
  stop(): Energy;
}

/** Where a machine tells what it uses. */
interface EnergySources {
  powercap: string;
  nvidiaSmi: string;
  openFiles: string;
}

const onLinux: EnergySources = {
  powercap: "/sys/class/powercap",
  nvidiaSmi: "nvidia-smi",
  openFiles: "/proc/self/fd",
};

/** Often enough that no counter goes round unseen. */
const readingIntervalMs = 60_000;

/**
 * Measures the energy of a job that runs in this process: the processor's counters (RAPL), of which this process is given
 * the share that its processor time has of the machine's, and the graphics cards that it uses (NVML). Where the counters
 * cannot be read, the processor's part is estimated from its time.
 */
export function createEnergyMeter(settings: EnergySettings, sources: EnergySources = onLinux): EnergyMeter {
  const startedMs = performance.now();
  const ownStart = process.cpuUsage();
  const machineStart = machineCpuSeconds();
  const rapl = openRaplCounters(sources.powercap);
  const gpus = watchGpus(sources.nvidiaSmi, sources.openFiles);
  const timer = rapl && setInterval(() => rapl.read(), readingIntervalMs).unref();
  return {
    stop() {
      clearInterval(timer);
      const seconds = (performance.now() - startedMs) / 1000;
      const own = process.cpuUsage(ownStart);
      const cpuSeconds = (own.user + own.system) / 1e6;
      const graphicsWattHours = gpus.stop() / 3600;
      if (rapl === undefined) {
        const estimate = estimateEnergy({ seconds, cpuSeconds }, settings);
        return energyOf({ ...estimate, wattHours: estimate.wattHours + graphicsWattHours }, settings);
      }
      const machineSeconds = machineCpuSeconds() - machineStart;
      const share = machineSeconds > cpuSeconds ? cpuSeconds / machineSeconds : 1;
      const wattHours = (rapl.read() * share) / 3600 + graphicsWattHours;
      return energyOf({ seconds, cpuSeconds, wattHours, origin: "measured" }, settings);
    },
  };
}

/** Time that all processors of the machine have worked. */
function machineCpuSeconds(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1000;
}
