import {
  comparisonColumns,
  comparisonGroups,
  type ComparisonColumn,
  type ComparisonRow,
} from "../comparison/comparison-rows.ts";
import { withoutRepeats } from "../comparison/without-repeats.ts";
import type { Comparison } from "../comparison/comparison.ts";
import { differencesInWords } from "../comparison/comparison-in-words.ts";
import { decidedAtInWords } from "../comparison/series.ts";
import { formatInterval, formatShare } from "../format.ts";
import { markup, proseWithCode, type Markup } from "../markup.ts";
import type { Estimate } from "../metrics/binary-metrics.ts";
import type { RunSummary } from "../run-summary.ts";
import { studyPublished } from "../study-published.ts";
import { differencesTable } from "./differences-table.ts";

/** Baselines, models and the study's published rows in one table. */
export function comparisonSection(summary: RunSummary): Markup {
  return markup`<section id="comparison"><h2>Comparison</h2>
<p class="lead">Every number stands above its 95 % interval; with several seeds it is their mean, and ± their standard deviation. Models decide ${decidedAtInWords(summary)}; the published rows are decisions at .5. A model is worth something only above the rules that look at no image: always benign, always malignant, and the prevalence as everyone's probability.</p>
<div class="sheet"><table class="comparison">
<thead><tr><th scope="col">Model</th>${comparisonColumns.map(({ title }) => markup`<th scope="col">${title}</th>`)}<th scope="col">Above the rules</th></tr></thead>
${comparisonGroups(summary).map(
  (
    group,
  ) => markup`<tbody><tr class="group"><th scope="rowgroup" colspan="${comparisonColumns.length + 2}">${group.title}</th></tr>
${withoutRepeats(group.rows).map(tableRow)}</tbody>`,
)}
</table></div>
<p class="remark"><strong>The published rows.</strong> ${studyPublished.remark}</p>
${(summary.comparisons ?? []).map(differencesPart)}</section>`;
}

function tableRow(row: ComparisonRow): Markup {
  const clears = row.kind !== "model" ? "" : row.clears.length === 0 ? "not shown" : row.clears.join(", ");
  return markup`<tr class="${row.kind}"><th scope="row">${row.kind === "model" ? markup`<a href="#${row.name}">${row.title}</a>` : row.title}</th>
${row.notRun === null ? numbers(row) : markup`<td class="reason" colspan="${comparisonColumns.length}">not run: ${proseWithCode(row.notRun)}</td>`}
<td class="clears${row.clears.length > 0 ? " yes" : ""}" data-label="Above the rules">${clears}</td></tr>`;
}

function numbers(row: ComparisonRow): Markup {
  return markup`${comparisonColumns.map(({ name, title }) => cell(title, row.estimates[name], below(row.kind, name, row.estimates[name])))}`;
}

/** What the better trivial rule reaches on the study's own rows. */
const ownBaselines: Partial<Record<ComparisonColumn, number>> = {
  accuracy: studyPublished.baseline.alwaysBenignAccuracy,
  f1: studyPublished.baseline.alwaysMalignantF1,
};

/** What stands under a number: its interval; under a published one what the study's own trivial rule reaches. */
function below(kind: ComparisonRow["kind"], column: ComparisonColumn, estimate: Estimate): string {
  const ownBaseline = ownBaselines[column];
  if (kind === "published") return ownBaseline === undefined ? "" : `own rule ${formatShare(ownBaseline, 2)}`;
  // What a constant rule reaches by definition has no spread.
  if (kind === "baseline" && estimate.low === estimate.high) return "";
  return formatInterval(estimate, "–");
}

function cell(label: string, { value, sd }: ComparisonRow["estimates"][ComparisonColumn], note: string): Markup {
  const spread = typeof sd === "number" ? markup`<small>±${formatShare(sd)}</small>` : null;
  return markup`<td data-label="${label}">${formatShare(value)}${note === "" ? null : markup`<small>${note}</small>`}${spread}</td>`;
}

function differencesPart(comparison: Comparison): Markup | null {
  if (comparison.differences.length === 0) return null;
  return markup`<h3>Differences from the best</h3><p class="lead">${differencesInWords(comparison)}</p>
<div class="sheet">${differencesTable(comparison)}</div>`;
}
