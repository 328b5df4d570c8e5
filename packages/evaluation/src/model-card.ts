import { clearedBaselines } from "./comparison/comparison-rows.ts";
import { formatCount, formatInterval, formatPercent, formatShare } from "./format.ts";
import { labelRuleInWords, limitsOf, researchUseOnly } from "./limits.ts";
import { metricNames, type BinaryMetrics, type MetricName } from "./metrics/binary-metrics.ts";
import type { Experiment, RunSummary } from "./run-summary.ts";

/** The model card of one experiment as Markdown: facts of the run only, nothing written by hand. */
export function renderModelCard(summary: RunSummary, experiment: Experiment): string {
  const { metrics, weights } = experiment;
  const cleared = clearedBaselines(metrics);
  const last = experiment.epochs.at(-1)?.epoch ?? 0;
  return (
    [
      `# ${line(experiment.name)}`,
      researchUseOnly,
      "## Model",
      list([
        ["Backbone", experiment.backboneTitle],
        [
          "Pretrained weights",
          `${weights.source}, licence ${weights.licence}${weights.sha256 === undefined ? "" : `, sha256 ${weights.sha256}`}`,
        ],
        ["Trained part", experiment.part],
        ["Imbalance strategy", experiment.strategy],
        ["Seed", String(experiment.seed)],
        ["Epochs", `${last}; epoch ${experiment.chosenEpoch ?? last} was evaluated`],
        ["Task", `benign or malignant: ${labelRuleInWords(summary.dataset.labelRule)}`],
        ["Decision", `malignant from a probability of ${metrics.threshold} on`],
      ]),
      "## Data",
      list([
        [
          "Data set",
          `${summary.dataset.name}${summary.dataset.isSynthetic ? " (generated phantoms, not mammograms)" : ""}`,
        ],
        ["Preparation", `recipe ${summary.recipe.name} (${summary.recipe.hash}): ${summary.recipe.steps.join("; ")}`],
      ]),
      table(
        ["Split", "Studies", "Images", "Rows", "Malignant"],
        summary.dataset.splits.map((split) => [
          split.split,
          formatCount(split.studies),
          formatCount(split.images),
          formatCount(split.rows),
          `${formatCount(split.malignant)} (${formatPercent(split.malignant, split.rows)})`,
        ]),
      ),
      `## Results on ${line(experiment.evaluatedOn)}`,
      `${formatCount(metrics.rows)} rows, ${formatCount(metrics.positives)} malignant. ${
        cleared.length === 0
          ? "Not shown to be better than the rules that look at no image."
          : `The interval of ${cleared.join(" and ")} lies wholly above what the rules that look at no image reach.`
      }`,
      table(
        ["Metric", "Value", "95 % interval", ...summary.baselines.map(({ title }) => title)],
        metricNames.map((name) => [
          metricTitles[name],
          formatShare(metrics[name].value),
          formatInterval(metrics[name], " to ") || "-",
          ...summary.baselines.map((baseline) => formatShare(baseline.metrics[name].value)),
        ]),
      ),
      confusionTable(metrics),
      "## Limits",
      limitsOf(summary)
        .map((limit) => `- ${line(limit)}`)
        .join("\n"),
      "## Where it comes from",
      `Run \`${summary.runId.replaceAll("`", "'")}\`, mammoflow ${line(summary.packageVersion)}.`,
    ].join("\n\n") + "\n"
  );
}

const metricTitles: Record<MetricName, string> = {
  accuracy: "Accuracy",
  precision: "Precision",
  recall: "Recall (sensitivity)",
  specificity: "Specificity",
  f1: "F1",
  f1Gain: "F1 above always malignant",
  auc: "AUC",
  averagePrecision: "Average precision",
  brier: "Brier score",
};

function confusionTable({ confusion }: BinaryMetrics): string {
  return table(
    ["Truth", "Called benign", "Called malignant"],
    [
      ["benign", formatCount(confusion.trueNegatives), formatCount(confusion.falsePositives)],
      ["malignant", formatCount(confusion.falseNegatives), formatCount(confusion.truePositives)],
    ],
  );
}

const list = (facts: [string, string][]): string =>
  facts.map(([name, value]) => `- **${name}:** ${line(value)}`).join("\n");

const table = (header: string[], rows: string[][]): string =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(line).join(" | ")} |`).join("\n");

/** Text from outside on one line, with what Markdown or HTML would act on made harmless. */
function line(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\|<>[\]*_]/g, (character) => `\\${character}`);
}
