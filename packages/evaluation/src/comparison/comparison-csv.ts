import { csvTable, type CsvCell } from "../csv-table.ts";
import type { RunSummary } from "../run-summary.ts";
import { comparisonGroups, type ComparisonRow } from "./comparison-rows.ts";
import { metricCells, metricColumns } from "./metric-cells.ts";

/** What a row is and which rows it was measured on, before the metrics. */
const facts = ["kind", "name", "backbone", "strategy", "part", "seed", "weights", "evaluated_on", "rows", "positives"];

/**
 * The comparison as CSV (RFC 4180): one line a baseline, model or published row; each metric with the bounds of its 95 %
 * interval. A model that was trained with several seeds has a line with their mean, its interval, standard deviation and
 * range, then a line of kind `seed` for each. What is undefined or was not published is an empty cell, so that it is not
 * taken for a number.
 */
export function comparisonCsv(summary: RunSummary): string {
  const records = comparisonGroups(summary)
    .flatMap((group) => group.rows)
    .flatMap((row) => [recordOf(row, summary), ...seedRecords(row)]);
  return csvTable([...facts, ...metricColumns("value", "low", "high", "sd", "min", "max"), "not_run"], records);
}

function recordOf(row: ComparisonRow, summary: RunSummary): Record<string, CsvCell> {
  const baseline = summary.baselines.find(({ name }) => name === row.name)?.metrics;
  const experiments = row.series?.experiments ?? [];
  const [first] = experiments;
  return {
    kind: row.kind,
    name: first && experiments.length === 1 ? first.name : row.name,
    backbone: row.backbone,
    strategy: row.strategy,
    part: first?.part,
    seed: experiments.map(({ seed }) => seed).join(" "),
    weights: first?.weights.source,
    evaluated_on: first?.evaluatedOn,
    rows: (first?.metrics ?? baseline)?.rows,
    positives: (first?.metrics ?? baseline)?.positives,
    ...metricCells(row.series?.metrics ?? baseline ?? row.estimates),
    not_run: row.notRun,
  };
}

function seedRecords({ series }: ComparisonRow): Record<string, CsvCell>[] {
  if (series === null || series.experiments.length === 1) return [];
  return series.experiments.map(({ name, backbone, strategy, part, seed, weights, evaluatedOn, metrics }) => ({
    kind: "seed",
    name,
    backbone,
    strategy,
    part,
    seed,
    weights: weights.source,
    evaluated_on: evaluatedOn,
    rows: metrics.rows,
    positives: metrics.positives,
    ...metricCells(metrics),
  }));
}
