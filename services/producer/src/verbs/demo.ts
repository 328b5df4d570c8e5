import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { combineDatasets, readDataset } from "@mammoflow/dataset";
import { recipePresets } from "@mammoflow/imaging";
import { submitRun } from "@mammoflow/jobs";
import { backboneNames, imbalanceStrategyNames } from "@mammoflow/models";
import { loadSettings, UsageError } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { followRun } from "../follow-run.ts";
import { startLocalServices } from "../local-services.ts";
import { positiveNumber, wholeNumber } from "../options.ts";
import { newRunId, planRun, usualChoices } from "../plan-run.ts";
import { openSession } from "../session.ts";
import { showOutcome } from "../show-outcome.ts";
import { note, print } from "../terminal.ts";
import { untilStopped } from "../until-stopped.ts";
import { makePhantom } from "./phantom.ts";

interface DemoOptions {
  out: string;
  studies: number;
  scale: number;
  seed: number;
  exit?: boolean;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .option("--out <folder>", "where everything goes", "demo")
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
  const out = resolve(options.out);
  const dataFolder = join(out, `phantoms-${options.studies}-${options.scale}-${options.seed}`);
  const settings = loadSettings({ homeDir: join(out, ".queue"), redisUrl: undefined });
  await mkdir(out, { recursive: true });
  // The same options make the same bytes, and the folder appears when it is whole: an earlier demo's serves.
  if (!existsSync(dataFolder))
    await makePhantom({ out: dataFolder, studies: options.studies, scale: options.scale, seed: options.seed });

  const stopped = untilStopped();
  const services = await startLocalServices(
    { ...settings, redisUrl: undefined },
    { preprocessWorkers: 2, trainWorkers: 1, hasDashboard: true },
  );
  try {
    const session = await openSession(settings, services.redisUrl);
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
      await submitRun({ store: openStore(out), queues: session.queues, who: session.who }, config, dataset.studies);
      note(`run ${config.runId}, dashboard ${services.dashboardUrl}/runs/${config.runId}`);
      const watching = new AbortController();
      void stopped.then(() => watching.abort());
      const run = await followRun(session.queues, config.runId, watching.signal);
      if (watching.signal.aborted) {
        note(`Stopped. \`mammoflow resume ${config.runId} --out ${options.out}\` goes on from what is done.`);
        process.exitCode = 130;
        return;
      }
      await showOutcome(run, { json: options.json === true, gcsEndpoint: undefined });
      const isStaying = !options.exit && !options.json && process.stderr.isTTY;
      if (!options.json)
        print(`Dashboard   ${services.dashboardUrl}/runs/${config.runId}${isStaying ? "  (open until Ctrl-C)" : ""}`);
      if (isStaying) await stopped;
    } finally {
      await session.close();
    }
  } finally {
    await services.close();
  }
}
