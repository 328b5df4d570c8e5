import { formatChance, formatInterval, formatPercent, formatShare, wrapText } from "../format.ts";
import type { Estimate, MetricName } from "../metrics/binary-metrics.ts";
import {
  casesInWords,
  differencesInWords,
  leftOutInWords,
  rowTitle,
  settingValues,
  thresholdInWords,
} from "./comparison-in-words.ts";
import type { ComparedRow, Comparison } from "./comparison.ts";

const shown: MetricName[] = ["auc", "averagePrecision", "f1", "recall", "specificity"];
const headings = ["AUC", "Av. prec.", "F1", "Recall", "Specificity"];
const nameWidth = "    The prevalence for all".length;
const cellWidth = "-0.000 -0.000".length;
const gap = "  ";
const width = nameWidth + shown.length * (cellWidth + gap.length);
const rule = "-".repeat(width);

/**
 * Experiments of one run or several for a terminal, about 100 columns wide: numbered models, each number with its interval
 * below, with several seeds the mean and its standard deviation over them; then the differences from the reference. Plain
 * text without colours.
 */
export function formatExperiments(comparison: Comparison): string {
  const { rows, baselines, differences, reference, cases, positives } = comparison;
  const lines = [
    ...wrapText(
      `${casesInWords(comparison)}, ${formatPercent(positives, cases)} malignant; decided at ${thresholdInWords(comparison)}`,
      width,
    ),
    "",
    line("", headings),
    rule,
    "Rules that look at no image",
    ...baselines.map(({ title, metrics }) => line(`    ${title}`, valuesOf(metrics))),
    "Models",
  ];
  rows.forEach((row, index) => {
    const estimates = shown.map((name) => row.metrics[name]);
    const intervals = estimates.map((estimate) => formatInterval(estimate));
    const spreads = estimates.map(({ sd }) => formatShare(sd));
    lines.push(numbered(index, rowTitle(row, rows)), line(`    ${seedsOf(row)}`, valuesOf(row.metrics)));
    lines.push(line("", intervals), ...(row.seeds.length > 1 ? [line("    SD over seeds", spreads)] : []));
  });
  if (differences.length > 0) {
    lines.push(rule, `Minus ${reference.row + 1}`);
    for (const { row, metrics, holm } of differences)
      lines.push(
        line(numbered(row, ""), valuesOf(metrics, true)),
        line(
          `    p of AUC ${formatChance(holm)}`,
          shown.map((name) => formatInterval(metrics[name], " ")),
        ),
      );
  }
  return [
    ...lines,
    rule,
    ...wrapText(differencesInWords(comparison), width),
    ...leftOutInWords(comparison).flatMap((sentence) => ["", ...wrapText(sentence, width)]),
  ].join("\n");
}

/** What the models' settings differ in, by the numbers of `formatExperiments`. */
export function formatSettings(comparison: Comparison): string {
  const values = settingValues(comparison);
  if (values.length === 0) return "The settings do not differ.";
  const { rows } = comparison;
  return [
    ...rows.map((row, index) => numbered(index, rowTitle(row, rows))),
    "",
    ...values.map(({ setting, value, rows: numbers }) => `${setting}: ${value} (${numbers})`),
  ].join("\n");
}

const seedsOf = ({ seeds }: ComparedRow): string =>
  seeds.length === 1 ? `seed ${seeds[0]}` : `mean of ${seeds.length} seeds`;

const line = (name: string, cells: readonly string[]): string =>
  [name.padEnd(nameWidth), ...cells.map((cell) => cell.padEnd(cellWidth))].join(gap).trimEnd();

const numbered = (row: number, name: string): string => `${String(row + 1).padStart(2)}  ${name}`.trimEnd();

const valuesOf = (metrics: Readonly<Record<MetricName, Estimate>>, isDifference = false): string[] =>
  shown.map((name) => {
    const { value } = metrics[name];
    return `${isDifference && (value ?? 0) > 0 ? "+" : ""}${formatShare(value)}`;
  });
