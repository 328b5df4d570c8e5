import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Option, type Command } from "commander";
import {
  combineDatasets,
  describeDataset,
  formatStatistics,
  readDataset,
  type CombinedDataset,
} from "@mammoflow/dataset";
import { aggregations } from "@mammoflow/evaluation";
import { atSize } from "@mammoflow/imaging";
import { submitRun, type RunConfig } from "@mammoflow/jobs";
import {
  backboneNames,
  imbalanceStrategyNames,
  testFlipNames,
  trainedParts,
  type BackboneName,
  type ImbalanceStrategy,
  type TrainedPart,
} from "@mammoflow/models";
import { openStore } from "@mammoflow/storage";
import { loadSettings, UsageError } from "@mammoflow/runtime";
import { applyConfigFile } from "../config-file.ts";
import { addDatasetOptions, datasetAddress, datasetOptionsOf, type DatasetChoices } from "../dataset-options.ts";
import { estimateCost } from "../estimate-cost.ts";
import { followRun } from "../follow-run.ts";
import { choiceOf, seedList, someOf } from "../options.ts";
import { parseGrid, type Grid } from "../parse-grid.ts";
import { planInWords } from "../plan-in-words.ts";
import { baselineNames, newRunId, planRun, type BaselineName } from "../plan-run.ts";
import { protocolNames, protocols, sizeOf, type ProtocolName } from "../protocols.ts";
import { addRecipeOptions, recipeOf, type RecipeOptions } from "../recipe-options.ts";
import { requireShared } from "../require-shared.ts";
import { showOutcome } from "../show-outcome.ts";
import { note, print, printJson } from "../terminal.ts";
import { addTrainingOptions, trainingOf, type TrainingChoices } from "../training-options.ts";
import { withQueue } from "../with-queue.ts";

interface SubmitOptions extends DatasetChoices, RecipeOptions, TrainingChoices {
  config?: string;
  out?: string;
  name?: string;
  testOn?: string[];
  leaveOneSourceOut?: boolean;
  models: BackboneName[];
  imbalance: ImbalanceStrategy[];
  part: TrainedPart[];
  seeds: number[];
  baselines: BaselineName[];
  grid?: Grid;
  protocol: ProtocolName;
  testFlips?: RunConfig["testFlips"];
  aggregation?: RunConfig["aggregation"];
  weights: string;
  precision: RunConfig["precision"];
  featureType: RunConfig["featureType"];
  validateOn: RunConfig["validateOn"];
  continueWithFailures?: boolean;
  dryRun?: boolean;
  watch?: boolean;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .option("--out <folder|gs://bucket/prefix>", "where images, models and the report go (default: MAMMOFLOW_OUT)")
    .option("--config <file.yaml>", "options by their long names, e.g. `epochs: 20`; the command line goes over it")
    .option("--name <run>", "the run's name (default: the data set's name and the time)")
    .addOption(
      new Option(
        "--protocol <name>",
        "recipe, training and test where no other option says so: recommended (better by the literature, slower) or study (as published)",
      )
        .choices(protocolNames)
        .default("recommended"),
    )
    .option("--test-on <data sets...>", "further data sets that nothing is learnt from")
    .option("--leave-one-source-out", "trains without each of several data sets in turn, and tests on it")
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
    .addOption(
      new Option("--part <names>", `what is trained: ${trainedParts.join(", ")}`)
        .argParser(someOf(trainedParts))
        .default(["head"], "head"),
    )
    .addOption(
      new Option("--baselines <names>", `trees over measured image features: ${baselineNames.join(", ")}, or none`)
        .argParser((text) => (text === "none" ? [] : someOf(baselineNames)(text)))
        .default([...baselineNames], "both"),
    )
    .addOption(new Option("--seeds <list>", "1, or 1,2,3, or 1..5").argParser(seedList).default([1], "1"))
    .option(
      "--grid <keys>",
      "every combination of values, e.g. 'backbone=resnet18 part=head,all lr=0.001,0.0003 seed=1..5', in place of the options of the same meaning",
      parseGrid,
    )
    .option(
      "--weights <pretrained|none|file>",
      "where the backbones' weights come from; none: random, for comparison",
      "pretrained",
    )
    .addOption(
      new Option("--precision <type>", "of the frozen layers' numbers; bfloat16 is faster on recent processors")
        .choices(["float32", "bfloat16"])
        .default("float32"),
    )
    .addOption(
      new Option("--feature-type <type>", "of features in the store; float16 takes half the space")
        .choices(["float32", "float16"])
        .default("float32"),
    )
    .addOption(
      new Option("--validate-on <split>", "where epochs are chosen; test: as the study did, too good to be true")
        .choices(["training", "test"])
        .default("training"),
    )
    .addOption(
      new Option(
        "--test-flips <which>",
        "a network's probability of an image: of the image as it is, or the mean over all four flips (default: all; study: none)",
      ).choices(testFlipNames),
    )
    .addOption(
      new Option("--aggregation <how>", "a breast's probability, of those of its views (default: mean)").choices(
        aggregations,
      ),
    )
    .option("--continue-with-failures", "learn even when more than max(10, 1 %) of the studies failed")
    .option("--dry-run", "read and check everything, print the plan, enqueue nothing")
    .option("--watch", "follow the run to its end")
    .option("--json", "print JSON");
  addTrainingOptions(addRecipeOptions(addDatasetOptions(command, { several: true }), "the protocol's"));
  command
    .addHelpText(
      "after",
      `
Examples:
  mammoflow submit vindr-mammo --out runs --models resnet18,mobilenetv2 --imbalance sampler,weighted-loss --watch
  mammoflow submit site-a site-b --test-on site-c --out runs --grid "backbone=resnet18 part=head,last-block seed=1..5"`,
    )
    .action(submit);
}

async function submit(folders: string[], _: SubmitOptions, command: Command): Promise<void> {
  const { options, dataset, config, out } = await planSubmission(folders, command);
  for (const warning of dataset.warnings) note(`warning: ${warning}`);
  if (options.weights === "none")
    note("The backbones get RANDOM weights, as --weights none asks: a comparison, not a result.");
  if (options.validateOn === "test")
    note("Epochs are chosen on the test split, as --validate-on test asks: the numbers will be too good.");
  if (options.dryRun) return showPlan(config, dataset, out, options.json === true);
  for (const line of planInWords(config)) note(line);
  const { runId } = config;
  await withQueue(async (session, isOwnQueue) => {
    const store = openStore(out, loadSettings().gcsEndpoint);
    await submitRun({ store, queues: session.queues, who: session.who }, config, dataset.studies);
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

interface Submission {
  options: SubmitOptions;
  dataset: CombinedDataset;
  config: RunConfig;
  /** Where the store is. */
  out: string;
}

/**
 * What a command line, with its configuration file, asks for; enqueues nothing.
 *
 * @throws UsageError, DatasetError
 */
export async function planSubmission(folders: string[], command: Command): Promise<Submission> {
  const { config: file } = command.opts<SubmitOptions>();
  if (file !== undefined) await applyConfigFile(command, file);
  const options = withGrid(command.opts<SubmitOptions>());
  const settings = loadSettings();
  const out = options.out ?? settings.out;
  if (out === undefined) throw new UsageError("Say with --out where images, models and the report are to go.");
  const dataset = await readAll(folders, options);
  const protocol = protocols[options.protocol];
  const recipe = await recipeOf(options, atSize(protocol.recipe, sizeOf(protocol, options.part)));
  const config = planRun(dataset, recipe, {
    protocol: options.protocol,
    testFlips: options.testFlips,
    aggregation: options.aggregation,
    runId: options.name ?? newRunId(dataset.sources.map(({ name }) => name).join("-")),
    backbones: options.models,
    strategies: options.imbalance,
    parts: options.part,
    seeds: options.seeds,
    axes: options.grid?.axes ?? [],
    baselines: options.baselines,
    leaveOneSourceOut: options.leaveOneSourceOut === true,
    weights: weightsOf(options),
    precision: options.precision,
    featureType: options.featureType,
    training: trainingOf(options),
    augmentation: options.augment,
    validateOn: options.validateOn,
    continueWithFailures: options.continueWithFailures === true,
  });
  requireShared(
    [
      { what: "the store", address: out },
      ...config.dataset.sources.map(({ root }) => ({ what: "the data set", address: root })),
      ...(existsSync(config.weights) ? [{ what: "the weights", address: config.weights }] : []),
    ],
    settings,
  );
  return { options, dataset, config, out };
}

/** A grid's choices in place of the options of the same meaning. */
function withGrid(options: SubmitOptions): SubmitOptions {
  const { axes: _, ...choices } = options.grid ?? { axes: [] };
  return { ...options, ...choices };
}

async function readAll(folders: string[], options: SubmitOptions): Promise<CombinedDataset> {
  const datasetOptions = await datasetOptionsOf(options);
  const read = (testOnly: boolean) => (folder: string) =>
    readDataset(datasetAddress(folder), { ...datasetOptions, testOnly });
  const learnt = await Promise.all(folders.map(read(false)));
  const tested = await Promise.all((options.testOn ?? []).map(read(true)));
  return combineDatasets(learnt, tested);
}

function showPlan(config: RunConfig, dataset: CombinedDataset, out: string, isJson: boolean): void {
  const statistics = describeDataset(dataset);
  const plan = planInWords(config);
  if (isJson)
    return printJson({ dryRun: true, config, plan, estimatedSeconds: estimateCost(config).seconds, statistics });
  print(formatStatistics(statistics));
  print(`\n${config.experiments.length} experiments:`);
  for (const { name } of config.experiments) print(`  ${name}`);
  print(`\n${plan.join("\n")}`);
  print(
    `\n${config.dataset.studies} studies with ${config.dataset.images} images would go through ${config.experiments.length} experiments into ${out}/runs/${config.runId}. Nothing was enqueued.`,
  );
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
