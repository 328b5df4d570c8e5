import type { CsvCell } from "../csv-table.ts";
import { metricNames, type Estimate, type MetricName } from "../metrics/binary-metrics.ts";
import type { SeedEstimate } from "./comparison.ts";

/** A metric's value, the bounds of its interval, and its spread over seeds. */
type Part = keyof SeedEstimate;

const parts: Part[] = ["value", "low", "high", "sd", "min", "max"];

/** The columns of these parts of every metric, e.g. `auc`, `auc_low`. */
export function metricColumns(...wanted: Part[]): string[] {
  return metricNames.flatMap((name) => wanted.map((part) => columnOf(name, part)));
}

/** A row's metrics by the columns' names; six digits are more than any interval is worth. */
export function metricCells(
  metrics: Partial<Record<MetricName, Estimate & Partial<SeedEstimate>>>,
  prefix = "",
): Record<string, CsvCell> {
  const cells: Record<string, CsvCell> = {};
  for (const name of metricNames)
    for (const part of parts) {
      const value = metrics[name]?.[part];
      cells[prefix + columnOf(name, part)] = typeof value === "number" ? Number(value.toFixed(6)) : value;
    }
  return cells;
}

const columnOf = (name: MetricName, part: Part): string =>
  name.replace(/([A-Z])/g, "_$1").toLowerCase() + (part === "value" ? "" : `_${part}`);
