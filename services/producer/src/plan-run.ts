import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Dataset } from "@mammoflow/dataset";
import { recipeHash, type Recipe } from "@mammoflow/imaging";
import { planExperiments, runConfigSchema, type IndexedStudy, type RunConfig } from "@mammoflow/jobs";
import { UsageError } from "@mammoflow/runtime";
import { version } from "./version.ts";

export interface RunChoices {
  runId: string;
  backbones: string[];
  strategies: string[];
  seeds: number[];
  weights: string;
  epochs: number;
  batchSize: number;
  learningRate: number;
  continueWithFailures: boolean;
}

/** The full configuration of a run: everything that its results are a function of. */
export function planRun(
  dataset: Dataset,
  recipe: Recipe,
  choices: RunChoices,
): { config: RunConfig; studies: IndexedStudy[] } {
  requireSquare(recipe);
  const { root, adapter, isSynthetic, labelRule, madeSplit, warnings, studies } = dataset;
  const shardSize = 1000;
  const config = runConfigSchema.parse({
    runId: choices.runId,
    version: version(),
    gitCommit: gitCommit(),
    dataset: {
      root,
      adapter,
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
    weights: choices.weights,
    experiments: planExperiments(choices.backbones, choices.strategies, choices.seeds),
    training: {
      epochs: choices.epochs,
      batchSize: choices.batchSize,
      learningRate: choices.learningRate,
      flipProbability: 0.3,
      validationShare: 0.2,
    },
    bootstrapResamples: 2000,
    continueWithFailures: choices.continueWithFailures,
  } satisfies RunConfig);
  return { config, studies };
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
