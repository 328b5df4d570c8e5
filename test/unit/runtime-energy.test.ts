import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createEnergyMeter, energySchema, estimateEnergy, loadSettings, sumEnergy } from "@mammoflow/runtime";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const settings = loadSettings({ wattsPerCore: 10, gridGramsPerKwh: 200, pricePerHour: 2, pricePerKwh: 0.5 }, {}, "/");

/** A tree of counters as Linux shows it: a package, its cores, its memory, and the package once more by another route. */
function powercap(folder: string): { set: (domain: string, microjoules: number) => void; folder: string } {
  const set = (domain: string, microjoules: number): void =>
    writeFileSync(join(folder, "powercap", domain, "energy_uj"), `${microjoules}\n`);
  const domains = { "intel-rapl:0": "package-0", "intel-rapl:0:0": "core", "intel-rapl:0:1": "dram" };
  for (const [domain, name] of Object.entries({
    ...domains,
    "intel-rapl:1": "psys",
    "intel-rapl-mmio:0": "package-0",
  })) {
    mkdirSync(join(folder, "powercap", domain), { recursive: true });
    writeFileSync(join(folder, "powercap", domain, "name"), `${name}\n`);
    writeFileSync(join(folder, "powercap", domain, "max_energy_range_uj"), "1000000000\n");
    set(domain, 0);
  }
  return { set, folder: join(folder, "powercap") };
}

function burn(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

describe("energy of a job", () => {
  const temporary = useTemporaryFolder();
  const newFolder = (name: string): string => {
    const folder = join(temporary.path, name);
    mkdirSync(folder);
    return folder;
  };

  it("is estimated, and says so, where nothing can be measured", () => {
    const folder = newFolder("estimated");
    const nowhere = { powercap: folder, nvidiaSmi: join(folder, "nvidia-smi"), openFiles: folder };
    const meter = createEnergyMeter(settings, nowhere);
    burn(300);
    const used = energySchema.parse(meter.stop());
    assert.equal(used.origin, "estimated");
    assert.ok(used.cpuSeconds > 0.05 && used.seconds >= 0.3, JSON.stringify(used));
    assert.equal(used.wattHours, (used.cpuSeconds * 10) / 3600);
    assert.equal(used.gramsCo2e, (used.wattHours / 1000) * 200);
    assert.equal(used.cost?.amount, (used.seconds / 3600) * 2 + (used.wattHours / 1000) * 0.5);
  });

  it("is this process's share of what packages and memory count, over the end of a counter's range", () => {
    const folder = newFolder("measured");
    const counters = powercap(folder);
    counters.set("intel-rapl:0", 999_000_000);
    const sources = { powercap: counters.folder, nvidiaSmi: join(folder, "nvidia-smi"), openFiles: folder };
    const meter = createEnergyMeter(settings, sources);
    burn(300);
    counters.set("intel-rapl:0", 2_000_000); // 3 J, gone round
    counters.set("intel-rapl:0:0", 500_000_000); // part of the package
    counters.set("intel-rapl:0:1", 4_000_000);
    counters.set("intel-rapl:1", 500_000_000); // the whole computer
    counters.set("intel-rapl-mmio:0", 500_000_000);
    const used = meter.stop();
    assert.equal(used.origin, "measured");
    assert.ok(used.wattHours > 0 && used.wattHours <= 7 / 3600 + 1e-12, `${used.wattHours * 3600} J`);
  });

  it("counts graphics cards only for a process that has one open", async () => {
    const folder = newFolder("cards");
    // Two lines a second, as nvidia-smi prints for two cards.
    const nvidiaSmi = join(folder, "nvidia-smi");
    writeFileSync(nvidiaSmi, '#!/bin/sh\nwhile true; do echo " 300.50"; echo "[N/A]"; sleep 1; done\n');
    chmodSync(nvidiaSmi, 0o755);
    const sources = { powercap: join(folder, "none"), nvidiaSmi, openFiles: join(folder, "fd") };
    mkdirSync(sources.openFiles);
    const measure = async (): Promise<number> => {
      const meter = createEnergyMeter(settings, sources);
      await sleep(500);
      const { wattHours, cpuSeconds } = meter.stop();
      return wattHours - (cpuSeconds * 10) / 3600;
    };
    assert.ok(Math.abs(await measure()) < 1e-12);
    symlinkSync("/dev/nvidia0", join(sources.openFiles, "9"));
    assert.ok(Math.abs((await measure()) * 3600 - 300.5) < 1e-6);
  });

  it("adds up, and is estimated as soon as one part is", () => {
    const one = estimateEnergy({ seconds: 10, cpuSeconds: 20 }, settings);
    const other = { ...one, origin: "measured" as const };
    const both = sumEnergy([one, other]);
    assert.equal(both?.origin, "estimated");
    assert.equal(both.seconds, 20);
    assert.equal(both.cost?.amount, 2 * one.cost!.amount);
    const { cost: _, ...free } = one;
    assert.equal(sumEnergy([one, free])?.cost, undefined);
    assert.equal(sumEnergy([]), undefined);
  });

  it("sends no signal to anybody where there is no nvidia-smi", async () => {
    let signals = 0;
    const count = (): void => void signals++;
    process.on("SIGTERM", count);
    try {
      const nowhere = {
        powercap: temporary.path,
        nvidiaSmi: join(temporary.path, "absent"),
        openFiles: temporary.path,
      };
      for (let round = 0; round < 20; round++) createEnergyMeter(settings, nowhere).stop();
      await sleep(200);
    } finally {
      process.off("SIGTERM", count);
    }
    assert.equal(signals, 0);
  });

  it("says nothing of cost without a price", () => {
    assert.equal(estimateEnergy({ seconds: 1, cpuSeconds: 1 }, loadSettings({}, {}, "/")).cost, undefined);
  });
});
