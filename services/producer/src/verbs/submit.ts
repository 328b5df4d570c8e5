import { resolve } from "node:path";
import { existsSync } from "node:fs";
import { Option, type Command } from "commander";
import { describeDataset, formatStatistics, readDataset } from "@mammoflow/dataset";
import { submitRun } from "@mammoflow/jobs";
import { backboneNames, imbalanceStrategyNames, type BackboneName, type ImbalanceStrategy } from "@mammoflow/models";
import { openStore } from "@mammoflow/storage";
import { loadSettings, UsageError } from "@mammoflow/runtime";
import { addDatasetOptions, datasetOptionsOf, type DatasetChoices } from "../dataset-options.ts";
import { followRun } from "../follow-run.ts";
import { choiceOf, positiveNumber, seedList, wholeNumber } from "../options.ts";
import { newRunId, planRun } from "../plan-run.ts";
import { addRecipeOptions, recipeOf, type RecipeOptions } from "../recipe-options.ts";
import { showOutcome } from "../show-outcome.ts";
import { note, print, printJson } from "../terminal.ts";
import { withQueue } from "../with-queue.ts";

interface SubmitOptions extends DatasetChoices, RecipeOptions {
  out: string;
  name?: string;
  models: BackboneName[];
  imbalance: ImbalanceStrategy[];
  seeds: number[];
  weights: string;
  epochs: number;
  batchSize: number;
  learningRate: number;
  continueWithFailures?: boolean;
  dryRun?: boolean;
  watch?: boolean;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .requiredOption("--out <folder|gs://bucket/prefix>", "where images, models and the report go")
    .option("--name <run>", "the run's name (default: the data set's name and the time)")
    .addOption(
      new Option("--models <names>", `backbones: ${backboneNames.join(", ")}, or all`)
        .argParser(choiceOf(backboneNames))
        .default([...backboneNames], "all"),
    )
    .addOption(
      new Option("--imbalance <names>", `strategies: ${imbalanceStrategyNames.join(", ")}, or all`)
        .argParser(choiceOf(imbalanceStrategyNames))
        .default([...imbalanceStrategyNames], "all"),
    )
    .addOption(new Option("--seeds <list>", "1, or 1,2,3, or 1..5").argParser(seedList).default([1], "1"))
    .option(
      "--weights <pretrained|none|file>",
      "where the backbones' weights come from; none: random, for comparison",
      "pretrained",
    )
    .option("--epochs <n>", "passes over the training rows", wholeNumber(1), 10)
    .option("--batch-size <n>", "rows in a training step", wholeNumber(1), 32)
    .option("--learning-rate <rate>", "Adam's learning rate", positiveNumber, 3e-4)
    .option("--continue-with-failures", "learn even when more than max(10, 1 %) of the studies failed")
    .option("--dry-run", "read and check everything, print the plan, enqueue nothing")
    .option("--watch", "follow the run to its end")
    .option("--json", "print JSON");
  addRecipeOptions(addDatasetOptions(command));
  command
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow submit vindr-mammo --out runs --models resnet18,mobilenetv2 --imbalance sampler,weighted-loss --watch",
    )
    .action(submit);
}

async function submit(folder: string, options: SubmitOptions): Promise<void> {
  const dataset = await readDataset(resolve(folder), await datasetOptionsOf(options));
  for (const warning of dataset.warnings) note(`warning: ${warning}`);
  if (options.weights === "none")
    note("The backbones get RANDOM weights, as --weights none asks: a comparison, not a result.");
  const runId = options.name ?? newRunId(dataset.root.split("/").at(-1) ?? "run");
  const { config, studies } = planRun(dataset, await recipeOf(options), {
    ...options,
    weights: weightsOf(options),
    runId,
    backbones: options.models,
    strategies: options.imbalance,
    continueWithFailures: options.continueWithFailures === true,
  });
  if (options.dryRun) {
    if (options.json) return printJson({ dryRun: true, config, statistics: describeDataset(dataset) });
    print(formatStatistics(describeDataset(dataset)));
    return print(
      `\n${config.dataset.studies} studies with ${config.dataset.images} images would go through ${config.experiments.length} experiments into ${options.out}/runs/${runId}. Nothing was enqueued.`,
    );
  }
  await withQueue(async (session, isOwnQueue) => {
    const store = openStore(options.out, loadSettings().gcsEndpoint);
    await submitRun({ store, queues: session.queues, who: session.who }, config, studies);
    note(`${runId}: ${config.dataset.studies} studies submitted, ${config.experiments.length} experiments planned.`);
    if (options.watch || isOwnQueue)
      await showOutcome(await followRun(session.queues, runId), {
        json: options.json === true,
        gcsEndpoint: session.settings.gcsEndpoint,
      });
    else if (options.json) printJson({ runId, store: store.address });
    else print(`\`mammoflow watch ${runId}\` follows it.`);
  });
}

/** `pretrained`, `none`, or the absolute path of a file, which can be of one architecture only. */
function weightsOf({ weights, models }: SubmitOptions): string {
  if (weights === "pretrained" || weights === "none") return weights;
  if (!existsSync(weights))
    throw new UsageError(
      `--weights ${weights}: no such file; give pretrained, none, or a .safetensors, .pth or .pt file.`,
    );
  if (models.length !== 1)
    throw new UsageError(
      `--weights ${weights}: a file holds one network; name it with --models, e.g. --models resnet18.`,
    );
  return resolve(weights);
}
