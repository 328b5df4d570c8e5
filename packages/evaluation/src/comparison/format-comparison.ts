import { formatInterval, formatShare, wrapText } from "../format.ts";
import type { Estimate } from "../metrics/binary-metrics.ts";
import type { RunSummary } from "../run-summary.ts";
import { studyPublished } from "../study-published.ts";
import { comparisonColumns, comparisonGroups } from "./comparison-rows.ts";
import { verdict } from "./verdict.ts";
import { withoutRepeats } from "./without-repeats.ts";

const gap = "  ";

const shown = comparisonColumns.filter(({ name }) => name !== "specificity");

/**
 * The comparison for a terminal, about 100 columns wide: baselines, models and published rows in one aligned table, each
 * number with its 95 % interval on the line below, and the verdict. Plain text without colours.
 */
export function formatComparison(summary: RunSummary): string {
  const groups = comparisonGroups(summary);
  const titles = groups.flatMap((group) => [group.title, ...group.rows.map((row) => `  ${row.title}`)]);
  const nameWidth = Math.max(...titles.map((title) => title.length));
  const cellWidth = "0.000-0.000".length;
  const line = (name: string, cells: string[]): string =>
    [name.padEnd(nameWidth), ...cells.map((cell) => cell.padEnd(cellWidth))].join(gap).trimEnd();
  const width = nameWidth + shown.length * (cellWidth + gap.length);
  const rule = "-".repeat(width);
  const lines = [
    line(
      "",
      shown.map(({ title }) => title),
    ),
    rule,
  ];
  for (const group of groups) {
    lines.push(group.title);
    for (const row of withoutRepeats(group.rows)) {
      if (row.notRun !== null) {
        const [first = "", ...more] = wrapText(
          `not run: ${row.notRun.replaceAll("`", "")}`,
          width - nameWidth - gap.length,
        );
        lines.push(line(`  ${row.title}`, [first]), ...more.map((text) => line("", [text])));
        continue;
      }
      const estimates = shown.map(({ name }) => row.estimates[name]);
      lines.push(
        line(
          `  ${row.title}`,
          estimates.map(({ value }) => formatShare(value)),
        ),
      );
      // What a constant rule reaches by definition has no spread.
      const hasSpread = ({ low, high }: Estimate): boolean => row.kind !== "baseline" || low !== high;
      const intervals = estimates.map((estimate) => (hasSpread(estimate) ? formatInterval(estimate) : ""));
      if (intervals.some((interval) => interval !== "")) lines.push(line("", intervals));
      const spreads = shown.map(({ name }) => row.estimates[name].sd ?? null);
      if (spreads.some((sd) => sd !== null))
        lines.push(
          line(
            "    SD over seeds",
            spreads.map((sd) => (sd === null ? "" : formatShare(sd))),
          ),
        );
    }
  }
  const remarks = [verdict(summary), studyPublished.remark];
  return [...lines, rule, ...remarks.flatMap((remark) => [...wrapText(remark, width), ""])].join("\n");
}
