import {
  comparisonColumns,
  comparisonGroups,
  type ComparisonColumn,
  type ComparisonRow,
} from "../comparison/comparison-rows.ts";
import type { Comparison } from "../comparison/comparison.ts";
import { differencesInWords } from "../comparison/comparison-in-words.ts";
import { decidedAtInWords, seedsInWords, seriesOf, variantInWords, type Series } from "../comparison/series.ts";
import { withoutRepeats } from "../comparison/without-repeats.ts";
import { formatInterval, formatShare } from "../format.ts";
import { breakable, markup, proseWithCode, type Content, type Markup } from "../markup.ts";
import type { Estimate } from "../metrics/binary-metrics.ts";
import type { RunSummary } from "../run-summary.ts";
import { studyPublished } from "../study-published.ts";
import { choiceAttributes, choicePanel } from "./comparison-choice.ts";
import { differencesTable } from "./differences-table.ts";
import { folded } from "./page.ts";

/** So many differences are shown without being asked for. */
const openDifferences = 12;

/** Baselines, models by their AUC, what did not run, and the study's published rows in one table. */
export function comparisonSection(summary: RunSummary): Markup {
  const { length: models } = seriesOf(summary);
  return markup`<section id="comparison"><h2>Comparison</h2>
<p class="lead">Every number stands above its 95 % interval; with several seeds it is their mean, and ± their standard deviation. Models decide ${decidedAtInWords(summary)}; the published rows are decisions at .5. A model is worth something only above the rules that look at no image: always benign, always malignant, and the prevalence as everyone's probability. ${models < 2 ? null : `Whether it is above them is judged with intervals that are widened for ${models} models (Bonferroni).`}</p>
${choicePanel(summary)}
<div class="sheet"><table class="comparison" role="table">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Model</th>${comparisonColumns.map(({ name, title }) => markup`<th role="columnheader" scope="col" class="by-${name}">${title}</th>`)}<th role="columnheader" scope="col">Above the rules</th></tr></thead>
${blocksOf(summary).map(
  ({
    title,
    rows,
  }) => markup`<tbody role="rowgroup"><tr class="group" role="row"><th role="rowheader" scope="rowgroup" colspan="${comparisonColumns.length + 2}">${title}</th></tr>
${rows}</tbody>`,
)}
</table></div>
<p class="remark"><strong>The published rows.</strong> ${studyPublished.remark}</p>
${(summary.comparisons ?? []).map((comparison) => differencesPart(comparison, choiceAttributes(summary)))}</section>`;
}

function blocksOf(summary: RunSummary): { title: string; rows: Markup[] }[] {
  const rows = comparisonGroups(summary).flatMap((group) => group.rows.map((row) => ({ ...row, group: group.title })));
  const ofKind = (wanted: ComparisonRow["kind"]): typeof rows => rows.filter(({ kind }) => kind === wanted);
  const attributesOf = choiceAttributes(summary);
  const order = seriesOf(summary).map(({ name }) => name);
  const models = ofKind("model").toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const placesOf = placesBy(models);
  const modelRow = (row: ComparisonRow, series: Series): Markup => {
    const [first] = series.experiments;
    const name = markup`<a href="#${series.name}">${first.backboneTitle}</a><small>${breakable(variantInWords(first))}, ${seedsInWords(series)}</small>`;
    const clears = row.clears.length === 0 ? "not shown" : row.clears.join(", ");
    const attributes = markup`${attributesOf(series.name)} style="${placesOf(row)}"`;
    return tableRow(row, name, clears, attributes);
  };
  const publishedRow = (row: ComparisonRow): Markup => {
    const title = studyPublished.rows.find(({ backbone }) => backbone === row.backbone)?.title ?? row.backbone;
    return tableRow(row, `${title}: ${row.strategy}`);
  };
  return [
    { title: "Rules that look at no image", rows: ofKind("baseline").map((row) => tableRow(row, row.title)) },
    {
      title: "Models of this run",
      rows: models.flatMap((row) => (row.series === null ? [] : [modelRow(row, row.series)])),
    },
    {
      title: "Not run",
      rows: withoutRepeats(ofKind("not-run")).map((row) =>
        tableRow(row, markup`${row.group}<small>${row.title}</small>`),
      ),
    },
    { title: "Published by the study, on other images", rows: ofKind("published").map(publishedRow) },
  ].filter((block) => block.rows.length > 0);
}

/** The place of each row by each column, the highest first and what is undefined last, as custom properties. */
function placesBy(rows: readonly ComparisonRow[]): (row: ComparisonRow) => string {
  const places = comparisonColumns.map(({ name }) => {
    const valueOf = (row: ComparisonRow): number => row.estimates[name].value ?? -1;
    return { name, ordered: rows.toSorted((a, b) => valueOf(b) - valueOf(a)) };
  });
  return (row) => places.map(({ name, ordered }) => `--${name}:${ordered.indexOf(row) + 1}`).join(";");
}

function tableRow(row: ComparisonRow, name: Content, clears = "", attributes: Content = null): Markup {
  return markup`<tr class="${row.kind}" role="row"${attributes}><th role="rowheader" scope="row">${name}</th>
${row.notRun === null ? numbers(row) : markup`<td role="cell" class="reason" colspan="${comparisonColumns.length + 1}">${proseWithCode(row.notRun)}</td>`}
${row.notRun === null ? markup`<td role="cell" class="clears${row.clears.length > 0 ? " yes" : ""}" data-label="Above the rules">${clears}</td>` : null}</tr>`;
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
  return markup`<td role="cell" data-label="${label}">${formatShare(value)}${note === "" ? null : markup`<small>${note}</small>`}${spread}</td>`;
}

function differencesPart(comparison: Comparison, attributesOf: ReturnType<typeof choiceAttributes>): Markup | null {
  const { length } = comparison.differences;
  if (length === 0) return null;
  return markup`<h3>Differences from the best</h3><p class="lead">${differencesInWords(comparison)}</p>
${folded(length === 1 ? "The difference" : `All ${length} differences`, markup`<div class="sheet">${differencesTable(comparison, attributesOf)}</div>`, length <= openDifferences)}`;
}
