import {
  casesInWords,
  differencesInWords,
  leftOutInWords,
  originInWords,
  rowTitle,
  settingValues,
  thresholdInWords,
} from "../comparison/comparison-in-words.ts";
import type { Comparison, SeedEstimate } from "../comparison/comparison.ts";
import { formatInterval, formatPercent, formatShare } from "../format.ts";
import { breakable, markup, type Markup } from "../markup.ts";
import { metricNames, metricTitles, type Estimate, type MetricName } from "../metrics/binary-metrics.ts";
import { intervalPlot, type IntervalRow } from "../plots/interval-plot.ts";
import { differencesTable } from "./differences-table.ts";
import { folded, notices, renderPage } from "./page.ts";

const shown = ["auc", "averagePrecision", "f1", "recall", "specificity", "precision", "accuracy"] as const;

/**
 * Experiments of one run or several as one self-contained HTML page, of the same make as a run's report. The same
 * comparison gives the same bytes.
 */
export function renderExperiments(comparison: Comparison): string {
  const { rows, cases, positives, settings, differences } = comparison;
  const runs = [...new Set(rows.map(({ run }) => run))];
  const others = metricNames.filter((name) => !shown.some((one) => one === name));
  return renderPage({
    title: `comparison: ${runs.join(", ")}`,
    content: markup`<section class="opening" id="result">
${notices(null)}
<h1>${rows.length === 1 ? "One model" : `${rows.length} models`} on the same ${casesInWords(comparison)}</h1>
<div class="verdict"><p>${differencesInWords(comparison)}</p>
<p>${formatPercent(positives, cases)} are malignant. Decisions are made at ${thresholdInWords(comparison)}. Intervals are 95 % bootstrap intervals over patients; ± is the standard deviation over seeds, which is what another training would change.</p>
${leftOutInWords(comparison).map((sentence) => markup`<p>${sentence}</p>`)}</div>
<div class="pair">${intervalPlot("AUC, with its 95 % interval", intervalRows(comparison, "auc"), { value: 0.5, title: "chance" })}
${f1Plot(comparison)}</div></section>
<section id="models"><h2>Models</h2>
<p class="lead">A model is worth something only above the rules that look at no image.</p>
<div class="sheet">${metricsTable(comparison, shown)}</div>
${folded("The other metrics", markup`<div class="sheet">${metricsTable(comparison, others)}</div>`)}</section>
${differences.length === 0 ? null : markup`<section id="differences"><h2>Differences</h2><div class="sheet">${differencesTable(comparison)}</div></section>`}
${settings.length === 0 ? null : markup`<section id="settings"><h2>What differs in their settings</h2><div class="sheet">${settingsTable(comparison)}</div></section>`}
`,
    footer: "",
  });
}

function intervalRows({ rows, reference }: Comparison, name: MetricName): IntervalRow[] {
  return rows.map((row, index) => ({
    title: row.backboneTitle,
    subtitle: `${row.name.replace(`${row.backbone}-`, "")}, ${originInWords(row, rows)}`,
    estimate: row.metrics[name],
    isBest: index === reference.row,
  }));
}

function f1Plot(comparison: Comparison): Markup | null {
  const value = comparison.baselines.find(({ name }) => name === "always-malignant")?.metrics.f1.value ?? null;
  if (value === null) return null;
  const reference = { value, title: "calling every one malignant" };
  return intervalPlot("F1, with its 95 % interval", intervalRows(comparison, "f1"), reference);
}

function metricsTable({ rows, baselines }: Comparison, names: readonly MetricName[]): Markup {
  const cells = (metrics: Record<MetricName, Estimate & Partial<SeedEstimate>>): Markup[] =>
    names.map((name) => {
      const { value, sd = null } = metrics[name];
      return markup`<td data-label="${metricTitles[name]}">${formatShare(value)}<small>${metrics[name].low === metrics[name].high ? "" : formatInterval(metrics[name], "–")}</small>${sd !== null && markup`<small>±${formatShare(sd)}</small>`}</td>`;
    });
  return markup`<table class="figures"><thead><tr><th scope="col">Model</th>${names.map((name) => markup`<th scope="col">${metricTitles[name]}</th>`)}</tr></thead>
<tbody>${baselines.map(({ title, metrics }) => markup`<tr class="small"><th scope="row">${title}</th>${cells(metrics)}</tr>`)}</tbody>
<tbody>${rows.map((row, index) => markup`<tr><th scope="row">${index + 1}. ${breakable(row.name)}<small>${originInWords(row, rows)}</small></th>${cells(row.metrics)}</tr>`)}</tbody></table>`;
}

/** One block a setting: its values, and which models have them. */
function settingsTable(comparison: Comparison): Markup {
  const { rows } = comparison;
  return markup`<p class="remark">${rows.map((row, index) => markup`${index + 1}. ${breakable(rowTitle(row, rows))}${index + 1 < rows.length ? "; " : ""}`)}</p>
<table class="figures"><thead><tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col">Models</th></tr></thead>
<tbody>${settingValues(comparison).map(({ setting, value, rows: numbers }) => markup`<tr><th scope="row">${setting}</th><td data-label="Value">${value}</td><td data-label="Models">${numbers}</td></tr>`)}</tbody></table>`;
}
