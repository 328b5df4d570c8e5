import { metricNames, type BinaryMetrics } from "../metrics/binary-metrics.ts";
import type { RunSummary } from "../run-summary.ts";
import { comparisonGroups, type ComparisonRow } from "./comparison-rows.ts";

/** What a row is and which rows it was measured on, before the metrics. */
const facts = ["kind", "name", "backbone", "strategy", "part", "seed", "weights", "evaluated_on", "rows", "positives"];

/**
 * The comparison as CSV (RFC 4180): one line a baseline, model or published row; each metric with the bounds of its 95 %
 * interval. What is undefined or was not published is an empty cell, so that it is not taken for a number.
 */
export function comparisonCsv(summary: RunSummary): string {
  const header = [
    ...facts,
    ...metricNames.flatMap((name) => [snake(name), `${snake(name)}_low`, `${snake(name)}_high`]),
    "not_run",
  ];
  const metricsOf = (row: ComparisonRow): Partial<BinaryMetrics> =>
    row.experiment?.metrics ?? summary.baselines.find(({ name }) => name === row.name)?.metrics ?? row.estimates;
  const lines = comparisonGroups(summary)
    .flatMap((group) => group.rows)
    .map((row) => {
      const metrics = metricsOf(row);
      return [
        row.kind,
        row.name,
        row.backbone,
        row.strategy,
        row.experiment?.part,
        row.experiment?.seed,
        row.experiment?.weights.source,
        row.experiment?.evaluatedOn,
        metrics.rows,
        metrics.positives,
        ...metricNames.flatMap((name) => [metrics[name]?.value, metrics[name]?.low, metrics[name]?.high]),
        row.notRun,
      ];
    });
  return [header, ...lines].map((cells) => cells.map(csvCell).join(",") + "\r\n").join("");
}

const snake = (name: string): string => name.replace(/([A-Z])/g, "_$1").toLowerCase();

function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toFixed(6);
  // A text that a spreadsheet would run as a formula is marked as text.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
