import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { CombinedDataset } from "@mammoflow/dataset";
import { recipeHash, type Recipe } from "@mammoflow/imaging";
import { planExperiments, runConfigSchema, type Experiment, type RunConfig, type SettingAxis } from "@mammoflow/jobs";
import { settingsOf, type Augmentation, type TrainedPart, type TrainingSettings } from "@mammoflow/models";
import { messageOf, UsageError } from "@mammoflow/runtime";
import { protocolChanges } from "./protocol-changes.ts";
import { protocols, type ProtocolName } from "./protocols.ts";
import { version } from "./version.ts";

/** Trees over measured image features. */
export const baselineNames = ["tree", "boosted"] as const;
export type BaselineName = (typeof baselineNames)[number];

export interface RunChoices {
  runId: string;
  /** What is done where nothing else here says so. */
  protocol: ProtocolName;
  backbones: string[];
  strategies: string[];
  parts: TrainedPart[];
  seeds: number[];
  axes: SettingAxis[];
  baselines: BaselineName[];
  leaveOneSourceOut: boolean;
  weights: string;
  precision: RunConfig["precision"];
  featureType: RunConfig["featureType"];
  training: Partial<TrainingSettings>;
  /** Changes of the images, for the part `all`. */
  augmentation: Partial<Augmentation> | undefined;
  testFlips: RunConfig["testFlips"] | undefined;
  aggregation: RunConfig["aggregation"] | undefined;
  validateOn: RunConfig["validateOn"];
  continueWithFailures: boolean;
}

/** What is chosen where nobody chooses: one seed, heads and trees, as recommended. */
export const usualChoices = {
  protocol: "recommended",
  parts: ["head"],
  seeds: [1],
  axes: [],
  baselines: [...baselineNames],
  leaveOneSourceOut: false,
  weights: "pretrained",
  precision: "float32",
  featureType: "float32",
  training: {},
  augmentation: undefined,
  testFlips: undefined,
  aggregation: undefined,
  validateOn: "training",
  continueWithFailures: false,
} satisfies Partial<RunChoices>;

/**
 * The full configuration of a run: everything that its results are a function of.
 *
 * @throws UsageError when recipe, settings or data sets do not fit what is asked for
 */
export function planRun(dataset: CombinedDataset, recipe: Recipe, choices: RunChoices): RunConfig {
  requireSquare(recipe);
  requireImages(choices);
  const { isSynthetic, labelRule, madeSplit, warnings, studies, sources } = dataset;
  const shardSize = 1000;
  const settings = sharedSettings(choices);
  const { part: _part, strategy: _strategy, seed: _seed, ...training } = settings;
  const { validateOn, parts, axes } = choices;
  const { testFlips = protocols[choices.protocol].testFlips, aggregation = protocols[choices.protocol].aggregation } =
    choices;
  const resolved = { recipe, parts, training: settings, axes, testFlips, aggregation, validateOn };
  const experiments = planExperiments({
    ...choices,
    baselineStrategies: baselineStrategies(choices.strategies),
    leftOut: sourcesToLeaveOut(dataset, choices),
  });
  for (const experiment of experiments) requireSettings(experiment, training);
  return runConfigSchema.parse({
    runId: choices.runId,
    version: version(),
    gitCommit: gitCommit(),
    dataset: {
      sources,
      isSynthetic,
      labelRule,
      ...(madeSplit && { madeSplit }),
      warnings,
      studies: studies.length,
      images: studies.reduce((sum, { images }) => sum + images.length, 0),
    },
    recipe,
    recipeHash: recipeHash(recipe),
    shardSize,
    shards: Math.ceil(studies.length / shardSize),
    featureShardImages: 512,
    activationShardImages: 64,
    weights: choices.weights,
    precision: choices.precision,
    featureType: choices.featureType,
    experiments,
    training,
    validationShare: 0.2,
    validateOn,
    testFlips,
    aggregation,
    protocol: { name: choices.protocol, changed: protocolChanges(choices.protocol, resolved) },
    bootstrapResamples: 2000,
    continueWithFailures: choices.continueWithFailures,
  } satisfies RunConfig);
}

/** Trees know two ways about classes: every row alike, or by inverse frequency, which stands for all strategies that even classes out. */
function baselineStrategies(strategies: string[]): string[] {
  const evening = strategies.some((strategy) => strategy !== "none");
  return [...(strategies.includes("none") ? ["none"] : []), ...(evening ? ["weighted-loss"] : [])];
}

/** @throws UsageError unless there are two data sets to learn from */
function sourcesToLeaveOut({ sources }: CombinedDataset, { leaveOneSourceOut }: RunChoices): string[] {
  if (!leaveOneSourceOut) return [];
  const learnt = sources.filter(({ isTestOnly }) => !isTestOnly).map(({ name }) => name);
  if (learnt.length >= 2) return learnt;
  throw new UsageError(
    `--leave-one-source-out: there is only ${learnt.join(", ")} to learn from; give two data sets or more, e.g. \`mammoflow submit site-a site-b --leave-one-source-out\`.`,
  );
}

/** What the experiments have in common; part, strategy and seed are each one's own. */
function sharedSettings({ protocol, training, augmentation = {} }: RunChoices): TrainingSettings {
  try {
    return settingsOf({ ...protocols[protocol].training, ...training, augmentation }, { part: "all" });
  } catch (error) {
    throw new UsageError(messageOf(error), error);
  }
}

/** @throws UsageError when images are to be changed and nothing trains on images */
function requireImages({ augmentation, parts }: RunChoices): void {
  if (augmentation === undefined || parts.includes("all")) return;
  throw new UsageError(
    "--augment changes images, and only --part all trains on images: add it, or leave --augment out.",
  );
}

/** @throws UsageError naming the experiment and the setting that does not fit */
function requireSettings(
  { name, part, strategy, seed, settings }: Experiment,
  training: Record<string, unknown>,
): void {
  if (part === "tree" || part === "boosted") return;
  try {
    settingsOf(training, { ...settings, part, strategy, seed });
  } catch (error) {
    throw new UsageError(`${name} cannot be trained. ${messageOf(error)}`, error);
  }
}

/** `demo-20260101-120000-3f9a`: sorts by time, and two submissions in one second differ. */
export function newRunId(title: string, now = new Date()): string {
  const time = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const slug =
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 32) || "run";
  return `${slug}-${time}-${randomBytes(2).toString("hex")}`;
}

/** @throws UsageError: the networks take square images of one size */
function requireSquare(recipe: Recipe): void {
  const last = recipe.steps.findLast(({ step }) => step === "resize" || step === "crop");
  if (last?.step === "resize" && last.widthPx === last.heightPx && last.widthPx >= 64) return;
  throw new UsageError(
    "The recipe must end with a resize to a square of 64 px or more (only steps that keep the size may follow it), so that a network can take every image: choose a preset, or add such a step.",
  );
}

function gitCommit(): string | null {
  try {
    const folder = fileURLToPath(new URL(".", import.meta.url));
    return execFileSync("git", ["-C", folder, "rev-parse", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}
