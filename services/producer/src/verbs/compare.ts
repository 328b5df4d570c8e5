import { InvalidArgumentError, Option, type Command } from "commander";
import {
  comparedImages,
  compareExperiments,
  experimentSchema,
  experimentsCsv,
  formatExperiments,
  formatSettings,
  levelNames,
  parsePredictions,
  renderExperiments,
  type ComparedExperiment,
  type ComparedImages,
  type LevelName,
  type RunSummary,
} from "@mammoflow/evaluation";
import { objectNames, readJson, readRunConfig } from "@mammoflow/jobs";
import { AppError, loadSettings } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import { wholeNumber } from "../options.ts";
import { findRedisUrl, openSession, storeOfRun } from "../session.ts";
import { note, print, printJson } from "../terminal.ts";
import { writeOutput } from "../write-output.ts";

interface CompareChoices {
  out?: string;
  level: LevelName;
  images: ComparedImages;
  threshold?: number;
  against?: string;
  resamples: number;
  diff?: boolean;
  csv?: string;
  html?: string;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .argument("<run...>", "runs, by name or by the address of their folder (`<store>/runs/<name>`)")
    .option("--out <folder|gs://...>", "the store of runs given by name; without it the queue is asked")
    .addOption(new Option("--level <level>", "what is a case").choices(levelNames).default("image"))
    .addOption(
      new Option("--images <which>", "of the sources that a model learnt from, of others, or all")
        .choices(comparedImages)
        .default("inside"),
    )
    .option(
      "--threshold <p>",
      "decide at this probability; without it at each model's own operating point",
      probability,
    )
    .option("--against <model>", "what the others are compared with; without it the best AUC")
    .option("--resamples <n>", "bootstrap resamples of patients", wholeNumber(100), 2000)
    .option("--diff", "print only what the settings differ in")
    .option("--csv <file>", "write the table as CSV")
    .option("--html <file>", "write a page with plots")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  mammoflow compare demo-20260101-120000\n  mammoflow compare monday tuesday --out runs --level breast --html comparison.html\n\nModels are compared on the test images that all of them have, paired patient by patient. Seeds are\naveraged: a model that was trained with several has one row.",
    )
    .action(compare);
}

async function compare(runs: string[], options: CompareChoices): Promise<void> {
  const entries: ComparedExperiment[] = [];
  for (const run of new Set(runs)) entries.push(...(await readRun(run, options.out)));
  const { level, images, threshold, against, resamples } = options;
  const comparison = compareExperiments(entries, { level, images, threshold, against, resamples });
  if (options.csv !== undefined) await writeOutput(options.csv, experimentsCsv(comparison));
  if (options.html !== undefined) await writeOutput(options.html, renderExperiments(comparison));
  if (options.json) return printJson(comparison);
  if (!options.diff) print(`${formatExperiments(comparison)}\n\nWhat differs in their settings:`);
  print(formatSettings(comparison));
}

/** Every experiment of a run that has left its metrics. */
async function readRun(run: string, out: string | undefined): Promise<ComparedExperiment[]> {
  const { store, runId } = await storeOf(run, out);
  const config = await readRunConfig(store, runId);
  const configuration = JSON.parse(JSON.stringify(config)) as RunSummary["configuration"]; // plain JSON, as it was read
  const entries: ComparedExperiment[] = [];
  for (const { name } of config.experiments) {
    const experiment = await readJson(store, objectNames.experiment(runId, name, "metrics.json"), experimentSchema);
    const predictionsName = objectNames.experiment(runId, name, "predictions.csv");
    const predictions = experiment && (await store.get(predictionsName));
    if (experiment && predictions)
      entries.push({
        run: runId,
        experiment,
        predictions: parsePredictions(predictions.bytes.toString(), predictionsName),
        configuration,
      });
    else note(`${runId}: ${name} has left no result and is not compared.`);
  }
  if (entries.length > 0) return entries;
  throw new AppError({
    code: "NOTHING_LEARNT",
    message: `No experiment of ${runId} has left a result: \`mammoflow resume ${runId}\` runs what is missing.`,
  });
}

/** The store of a run that is given by its name, or by the address of its folder. */
async function storeOf(run: string, out: string | undefined): Promise<{ store: ObjectStore; runId: string }> {
  const settings = loadSettings();
  const { gcsEndpoint } = settings;
  const address = /^(.+)\/runs\/([^/]+)\/?$/.exec(run);
  if (address?.[1] !== undefined && address[2] !== undefined)
    return { store: openStore(address[1], gcsEndpoint), runId: address[2] };
  if (out !== undefined) return { store: openStore(out, gcsEndpoint), runId: run };
  if ((await findRedisUrl(settings)) === undefined)
    throw new AppError({
      code: "NO_QUEUE",
      message: `No queue runs here that knows where ${run} lies: give its store with --out, or the address of its folder (<store>/runs/${run}).`,
    });
  const session = await openSession(settings);
  try {
    return { store: await storeOfRun(session, run), runId: run };
  } finally {
    await session.close();
  }
}

function probability(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Give a probability from 0 to 1.");
}
