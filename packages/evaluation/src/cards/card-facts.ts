import { formatCount, formatPercent } from "../format.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";
import { code, table } from "./markdown.ts";

/** A line a split: how much of what. */
export function splitTable({ dataset }: RunSummary): string {
  return table(
    ["Split", "Studies", "Images", "Rows", "Malignant"],
    dataset.splits.map((split) => [
      split.split,
      formatCount(split.studies),
      formatCount(split.images),
      formatCount(split.rows),
      `${formatCount(split.malignant)} (${formatPercent(split.malignant, split.rows)})`,
    ]),
  );
}

/** The hash of everything that the model is a function of, and of the model itself. */
export function hashTable({ recipe, packageVersion, configuration }: RunSummary, experiment: Experiment): string {
  const gitCommit = configuration["gitCommit"];
  const rows: [string, string][] = [
    ...Object.entries(experiment.hashes ?? {}),
    ["recipe", recipe.hash],
    ...(experiment.weights.sha256 === undefined
      ? []
      : [["pre-trained weights", experiment.weights.sha256] as [string, string]]),
    ["program", `mammoflow ${packageVersion}${typeof gitCommit === "string" ? `, commit ${gitCommit}` : ""}`],
  ];
  // Hashes hold nothing that Markdown would act on; code keeps them in one piece.
  return ["| What | Hash |", "| --- | --- |", ...rows.map(([what, hash]) => `| ${what} | ${code(hash)} |`)].join("\n");
}

/** The name with which the data set is spoken of. */
export function datasetTitle({ dataset }: RunSummary): string {
  return `${dataset.name}${dataset.isSynthetic ? " (generated phantoms, not mammograms)" : ""}`;
}
