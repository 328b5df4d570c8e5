import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { combineDatasets, readDataset } from "@mammoflow/dataset";
import { recipePresets } from "@mammoflow/imaging";
import { submitRun } from "@mammoflow/jobs";
import { backboneNames, imbalanceStrategyNames } from "@mammoflow/models";
import { loadSettings, UsageError, type Settings } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { followRun } from "../follow-run.ts";
import { startLocalServices } from "../local-services.ts";
import { positiveNumber, wholeNumber } from "../options.ts";
import { newRunId, planRun, usualChoices } from "../plan-run.ts";
import { requireShared, sharedFolders } from "../require-shared.ts";
import { openSession } from "../session.ts";
import { showOutcome } from "../show-outcome.ts";
import { note, print } from "../terminal.ts";
import { untilStopped } from "../until-stopped.ts";
import { makePhantom } from "./phantom.ts";

interface DemoOptions {
  out?: string;
  studies: number;
  scale: number;
  seed: number;
  exit?: boolean;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .option("--out <folder>", "where everything goes (default: MAMMOFLOW_OUT where workers run elsewhere, else demo)")
    .option("--studies <n>", "phantom studies of four views; 8 or more", wholeNumber(1), 40)
    .option("--scale <factor>", "size of the images; 1 is full size", positiveNumber, 0.3)
    .option("--seed <n>", "the same seed makes the same data set", wholeNumber(0), 1)
    .option("--exit", "end when the run has ended, instead of keeping the dashboard open")
    .option("--json", "print the outcome as JSON (ends by itself)")
    .addHelpText("after", "\nExample:\n  mammoflow demo --studies 80 --exit")
    .action(demo);
}

/** Everything at once: phantoms, a queue, workers, a dashboard, every backbone under every strategy, a report. */
async function demo(options: DemoOptions): Promise<void> {
  if (options.studies < 8)
    throw new UsageError(`--studies ${options.studies}: give 8 or more, so that both splits hold both classes.`);
  const place = placeOf(options, loadSettings());
  const dataFolder = join(place.dataFolder, `phantoms-${options.studies}-${options.scale}-${options.seed}`);
  // The same options make the same bytes, and the folder appears when it is whole: an earlier demo's serves.
  if (!existsSync(dataFolder))
    await makePhantom({ out: dataFolder, studies: options.studies, scale: options.scale, seed: options.seed });
  if (place.isElsewhere) return runDemo(options, place, { dataFolder, stopped: untilStopped() });

  const stopped = untilStopped();
  const services = await startLocalServices(place.settings, {
    preprocessWorkers: 2,
    trainWorkers: 1,
    hasDashboard: true,
  });
  try {
    const { redisUrl, dashboardUrl } = services;
    await runDemo(options, place, { dataFolder, stopped, redisUrl, dashboardUrl });
  } finally {
    await services.close();
  }
}

interface DemoPlace {
  /** Queue and workers run elsewhere, as in a deployment by containers. */
  isElsewhere: boolean;
  settings: Settings;
  /** Where phantoms go. */
  dataFolder: string;
  /** The run's store. */
  out: string;
}

/** Where queue and workers are shared, their queue, their store and the last of their folders; else all of it in one folder here. */
function placeOf({ out }: DemoOptions, settings: Settings): DemoPlace {
  const dataFolder = sharedFolders(settings)?.at(-1);
  if (dataFolder === undefined) {
    const folder = resolve(out ?? "demo");
    mkdirSync(folder, { recursive: true });
    const local = loadSettings({ homeDir: join(folder, ".queue") });
    return { isElsewhere: false, settings: { ...local, redisUrl: undefined }, dataFolder: folder, out: folder };
  }
  const store = out ?? settings.out;
  if (store === undefined) throw new UsageError("Say with --out, or by MAMMOFLOW_OUT, where the run is to go.");
  requireShared([{ what: "the store", address: store }], settings);
  return { isElsewhere: true, settings, dataFolder, out: store };
}

interface DemoParts {
  dataFolder: string;
  /** Resolves when the person stops it. */
  stopped: Promise<void>;
  redisUrl?: string;
  dashboardUrl?: string | undefined;
}

async function runDemo(options: DemoOptions, place: DemoPlace, parts: DemoParts): Promise<void> {
  const { settings, out, isElsewhere } = place;
  const { dataFolder, stopped, redisUrl, dashboardUrl } = parts;
  const session = await openSession(settings, redisUrl);
  try {
    const dataset = combineDatasets([await readDataset(dataFolder)]);
    // Small images and few epochs: a demo shows every step, and soon.
    const config = planRun(dataset, recipePresets.mammogram, {
      ...usualChoices,
      training: { epochs: 10 },
      runId: newRunId("demo"),
      backbones: [...backboneNames],
      strategies: [...imbalanceStrategyNames],
    });
    const store = openStore(out, settings.gcsEndpoint);
    await submitRun({ store, queues: session.queues, who: session.who }, config, dataset.studies);
    const { runId } = config;
    note(`run ${runId}${dashboardUrl === undefined ? "" : `, dashboard ${dashboardUrl}/runs/${runId}`}`);
    const watching = new AbortController();
    void stopped.then(() => watching.abort());
    const run = await followRun(session.queues, runId, watching.signal);
    if (watching.signal.aborted) {
      note(
        isElsewhere
          ? `The run goes on: \`mammoflow watch ${runId}\` follows it, \`mammoflow cancel ${runId}\` stops it.`
          : `Stopped. \`mammoflow resume ${runId} --out ${out}\` goes on from what is done.`,
      );
      process.exitCode = 130;
      return;
    }
    await showOutcome(run, { json: options.json === true, gcsEndpoint: settings.gcsEndpoint });
    if (dashboardUrl === undefined || options.json) return;
    const isStaying = !options.exit && process.stderr.isTTY;
    print(`Dashboard   ${dashboardUrl}/runs/${runId}${isStaying ? "  (open until Ctrl-C)" : ""}`);
    if (isStaying) await stopped;
  } finally {
    await session.close();
  }
}
