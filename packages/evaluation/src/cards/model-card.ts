import { clearedBaselines } from "../comparison/comparison-rows.ts";
import { energyBasis, energyInWords } from "../energy-in-words.ts";
import { sidesInWords, type Explanation, type TreeNode } from "../explanation.ts";
import { formatCount, formatDuration, formatEstimate, formatInterval, formatPercent, formatShare } from "../format.ts";
import { appliedCorrection, type CalibrationFigures } from "../judgement/calibration.ts";
import type { Judgement } from "../judgement/judgement.ts";
import { ruleInWords } from "../judgement/operating-point.ts";
import { intendedUse, labelRuleInWords, limitsOf, notIntended, researchUseOnly } from "../limits.ts";
import { metricNames, metricTitles, type BinaryMetrics } from "../metrics/binary-metrics.ts";
import { protocolInWords } from "../protocol-in-words.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";
import { datasetTitle, hashTable, splitTable } from "./card-facts.ts";
import { bullets, code, line, list, table } from "./markdown.ts";

/**
 * The model card of one experiment as Markdown: facts of the run only, nothing written by hand. Limits first, then the seven
 * requirements of the EU's Assessment List for Trustworthy Artificial Intelligence (ALTAI, High-Level Expert Group on AI,
 * July 2020) as headings.
 */
export function renderModelCard(summary: RunSummary, experiment: Experiment): string {
  return (
    [
      `# ${line(experiment.name)}`,
      `${researchUseOnly} Human review required.`,
      "## Limits",
      bullets(limitsOf(summary)),
      "## 1. Human agency and oversight",
      ...oversight(summary, experiment),
      "## 2. Technical robustness and safety",
      ...robustness(summary, experiment),
      "## 3. Privacy and data governance",
      ...governance(summary),
      "## 4. Transparency",
      ...transparency(summary, experiment),
      "## 5. Diversity, non-discrimination and fairness",
      ...fairness(summary, experiment),
      "## 6. Societal and environmental well-being",
      ...wellBeing(experiment),
      "## 7. Accountability",
      ...accountability(summary, experiment),
    ].join("\n\n") + "\n"
  );
}

function oversight({ dataset }: RunSummary, { metrics, judgement }: Experiment): string[] {
  const point = judgement?.levels[0]?.operatingPoints[0];
  return [
    list([
      ["Intended use", intendedUse],
      ["Not intended", notIntended],
      ["Task", `benign or malignant: ${labelRuleInWords(dataset.labelRule)}`],
      ["What it gives", "a probability of being malignant for each image; it decides nothing by itself"],
      ["Threshold of the results below", `malignant from a probability of ${metrics.threshold} on`],
      ...(point
        ? [
            [
              "Operating point",
              `${formatShare(point.threshold)}, chosen on validation: ${ruleInWords(point.rule)}`,
            ] as const,
          ]
        : []),
      ["Oversight", "a qualified reader must look at every image and every result, and can overrule each"],
    ]),
  ];
}

function robustness(
  { baselines, preprocessing }: RunSummary,
  { metrics, evaluatedOn, judgement }: Experiment,
): string[] {
  const cleared = clearedBaselines(metrics);
  const transfer = judgement?.transfer;
  return [
    `Results on ${line(evaluatedOn)}: ${formatCount(metrics.rows)} rows, ${formatCount(metrics.positives)} malignant. ${
      cleared.length === 0
        ? "Not shown to be better than the rules that look at no image."
        : `The interval of ${cleared.join(" and ")} lies wholly above what the rules that look at no image reach.`
    }`,
    table(
      ["Metric", "Value", "95 % interval", ...baselines.map(({ title }) => title)],
      metricNames.map((name) => [
        metricTitles[name],
        formatShare(metrics[name].value),
        formatInterval(metrics[name], " to ") || "-",
        ...baselines.map((baseline) => formatShare(baseline.metrics[name].value)),
      ]),
    ),
    confusionTable(metrics),
    ...(judgement ? [levelTable(judgement), calibration(judgement)] : []),
    bullets([
      `${formatCount(preprocessing.failed)} of ${formatCount(preprocessing.submitted)} studies could not be prepared and are in none of these numbers.`,
      transfer?.aucDifference
        ? `AUC on sources that were trained on, minus others: ${formatEstimate(transfer.aucDifference)}.`
        : "How it does on images of another source was not measured.",
      "How it answers images that are no mammograms, or are damaged or tampered with, was not measured.",
    ]),
  ];
}

function levelTable({ levels, aggregation }: Judgement): string {
  return table(
    ["Level", "Cases", "AUC", "Recall at the operating point", "Specificity there"],
    levels.map(({ level, cases, ranking, operatingPoints: [point] }) => [
      level === "breast" ? `per breast (${aggregation} over its images)` : `per ${level}`,
      formatCount(cases),
      formatEstimate(ranking.auc),
      point ? formatEstimate(point.test.recall) : "-",
      point ? formatEstimate(point.test.specificity) : "-",
    ]),
  );
}

function calibration({ levels: [image] }: Judgement): string {
  if (image === undefined) return "";
  const { asGiven } = image.calibration;
  const applied = appliedCorrection(image.calibration);
  const inWords = (figures: CalibrationFigures): string =>
    `expected error ${formatShare(figures.eceEqualMass)} (bins of equal mass), Brier score ${formatShare(figures.brier)}`;
  if (applied === null)
    return `Calibration of the probabilities: ${inWords(asGiven)}; validation could not calibrate them.`;
  return `Calibration of the probabilities: ${inWords(asGiven)}; calibrated on validation, sigmoid(${applied.slope.toFixed(3)} x log-odds + ${applied.intercept.toFixed(3)}): ${inWords(applied.figures)}. Order and AUC stay as they are, and operating points stand on the probabilities as given.`;
}

function governance(summary: RunSummary): string[] {
  const { recipe } = summary;
  return [
    list([
      ["Data set", datasetTitle(summary)],
      ["Preparation", `recipe ${recipe.name} (${recipe.hash}): ${recipe.steps.join("; ")}`],
      ["Patients", "never in two splits at once, where the data set tells them apart (else studies)"],
      [
        "Personal data",
        "neither this card nor the model's files hold names, dates, identifiers or images of patients; what a model of this kind can remember of its training images was not measured",
      ],
    ]),
    splitTable(summary),
    "More on the data: `data-sheet.md` beside this card.",
  ];
}

function transparency(summary: RunSummary, experiment: Experiment): string[] {
  const { weights, epochs, chosenEpoch, chosenBecause, explanation } = experiment;
  const last = epochs.at(-1)?.epoch;
  return [
    list([
      ["Model", experiment.backboneTitle],
      [
        "Pre-trained weights",
        `${weights.source}, licence ${weights.licence}${weights.sha256 === undefined ? "" : `, sha256 ${weights.sha256}`}`,
      ],
      ...(summary.protocol ? [["Protocol", protocolInWords(summary.protocol)] as const] : []),
      ["Trained part", experiment.part],
      ["Imbalance strategy", experiment.strategy],
      ["Seed", String(experiment.seed)],
      ...(last === undefined
        ? []
        : [
            [
              "Epochs",
              `${last}; epoch ${chosenEpoch ?? last} was evaluated${chosenBecause === undefined ? "" : `, ${chosenBecause}`}`,
            ] as const,
          ]),
      ...Object.entries(experiment.configuration).map(
        ([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)] as const,
      ),
    ]),
    ...(explanation ? explained(explanation) : []),
    `Made by mammoflow ${line(summary.packageVersion)}; its report explains every figure.`,
  ];
}

function explained({ tree, trees, importance }: Explanation): string[] {
  const shares = importance.slice(0, 10).map(({ feature, share }) => [feature.title, formatPercent(share, 1)]);
  return [
    ...(tree ? [treeInWords(tree)] : [`${formatCount(trees)} trees are added up.`]),
    table(["What the splits look at", "Part of all gain"], shares),
  ];
}

function treeInWords(root: TreeNode): string {
  const lines: string[] = [];
  const write = (node: TreeNode, words: string, depth: number): void => {
    lines.push(
      `${"  ".repeat(depth)}- ${line(words)}: ${formatCount(node.malignant)} of ${formatCount(node.rows)} malignant`,
    );
    if (node.split === undefined) return;
    const sides = sidesInWords(node.split);
    write(node.split.below, sides.below, depth + 1);
    write(node.split.above, sides.above, depth + 1);
  };
  write(root, "all training rows", 0);
  return lines.join("\n");
}

function fairness({ dataset }: RunSummary, { judgement }: Experiment): string[] {
  const subgroups = judgement?.subgroups ?? [];
  const counted = dataset.splits.find(({ split }) => split === "training");
  const densities = Object.entries(counted?.density ?? {});
  return [
    ...(densities.length === 0
      ? []
      : [
          `Breast density of the training rows: ${densities.map(([density, rows]) => `${line(density)} ${formatPercent(rows, counted?.rows ?? 0)}`).join(", ")}.`,
        ]),
    subgroups.length === 0
      ? "Results by group were not measured: the data set says nothing by which images can be told apart, or the run made none."
      : table(
          ["Group", "Rows", "Malignant", "AUC", "Recall", "Specificity"],
          subgroups.flatMap(({ column, groups }) =>
            groups.map(({ value, rows, positives, isSmall, metrics }) => [
              `${column}: ${value}${isSmall ? " (small)" : ""}`,
              formatCount(rows),
              formatPercent(positives, rows),
              formatEstimate(metrics.auc),
              formatEstimate(metrics.recall),
              formatEstimate(metrics.specificity),
            ]),
          ),
        ),
    bullets([
      ...subgroups.flatMap(({ column, gaps: { auc, recall } }) => [
        ...(auc ? [`AUC by ${column}: ${auc.highest} over ${auc.lowest} by ${formatEstimate(auc.difference)}.`] : []),
        ...(recall
          ? [`Recall by ${column}: ${recall.highest} over ${recall.lowest} by ${formatEstimate(recall.difference)}.`]
          : []),
      ]),
      "By anything that is not listed here, such as ethnicity, income, implants or earlier operations, it was not measured.",
    ]),
  ];
}

function wellBeing({ metrics, energy, durationSeconds }: Experiment): string[] {
  const { falseNegatives, falsePositives } = metrics.confusion;
  return [
    list([
      [
        "What its errors would mean",
        `on these test rows ${formatCount(falseNegatives)} malignant ones called benign, and ${formatCount(falsePositives)} benign ones called malignant`,
      ],
      ...(energy
        ? [
            [
              "Energy of training and evaluation",
              `${energyInWords(energy)}, in ${formatDuration(energy.seconds)}`,
            ] as const,
            ["What that rests on", energyBasis(energy)] as const,
          ]
        : [
            [
              "Energy of training and evaluation",
              durationSeconds === undefined
                ? "not recorded"
                : `not recorded; it took ${formatDuration(durationSeconds)}`,
            ] as const,
          ]),
    ]),
  ];
}

function accountability(summary: RunSummary, experiment: Experiment): string[] {
  return [
    list([["Run", summary.runId]]),
    hashTable(summary, experiment),
    `What was done when and by whom stands in the run's hash-chained log, ${code(`runs/${summary.runId}/audit/`)}. Who answers for the use of this model is for those to say who use it.`,
  ];
}

function confusionTable({ confusion }: BinaryMetrics): string {
  return table(
    ["Truth", "Called benign", "Called malignant"],
    [
      ["benign", formatCount(confusion.trueNegatives), formatCount(confusion.falsePositives)],
      ["malignant", formatCount(confusion.falseNegatives), formatCount(confusion.truePositives)],
    ],
  );
}
