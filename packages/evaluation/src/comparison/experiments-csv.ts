import { csvTable } from "../csv-table.ts";
import type { Comparison } from "./comparison.ts";
import { metricCells, metricColumns } from "./metric-cells.ts";

const facts = ["kind", "run", "name", "backbone", "strategy", "part", "seeds", "thresholds", "cases", "positives"];

/**
 * Experiments of one run or several as CSV (RFC 4180): a line a baseline and a row; metrics over seeds with the interval
 * of the mean, standard deviation and range; then the differences from the reference with their intervals. What is
 * undefined is an empty cell.
 */
export function experimentsCsv({ rows, baselines, differences, reference, cases, positives }: Comparison): string {
  const other = rows[reference.row];
  const records = [
    ...baselines.map(({ name, metrics }) => ({ kind: "baseline", name, cases, positives, ...metricCells(metrics) })),
    ...rows.map(({ run, name, backbone, strategy, part, seeds, thresholds, metrics }, row) => {
      const difference = differences.find((one) => one.row === row);
      return {
        kind: "model",
        run,
        name,
        backbone,
        strategy,
        part,
        seeds: seeds.join(" "),
        thresholds: thresholds.join(" "),
        cases,
        positives,
        ...metricCells(metrics),
        ...(difference &&
          other && {
            minus: `${other.run}/${other.name}`,
            ...metricCells(difference.metrics, "minus_"),
            p_auc: difference.p,
            p_auc_holm: difference.holm,
            p_auc_delong: difference.delong?.p,
          }),
      };
    }),
  ];
  return csvTable(
    [
      ...facts,
      ...metricColumns("value", "low", "high", "sd", "min", "max"),
      "minus",
      ...metricColumns("value", "low", "high").map((column) => `minus_${column}`),
      "p_auc",
      "p_auc_holm",
      "p_auc_delong",
    ],
    records,
  );
}
