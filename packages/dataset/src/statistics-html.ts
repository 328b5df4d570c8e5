/** One self-contained page about a data set: bar charts by split, counts, and what to beware of. */
import type { DatasetStatistics, SplitStatistics } from "./describe-dataset.ts";
import { ruleInWords } from "./dataset.ts";
import { capitalised, madeSplitInWords, percent, points, thousands } from "./format-statistics.ts";
import { chartsOf, escapeHtml, renderSplitChart } from "./split-chart.ts";
import { statisticsCss } from "./statistics-css.ts";

/** @returns a complete HTML document without scripts or outside resources; for screen (light and dark) and paper. */
export function statisticsHtml(statistics: DatasetStatistics): string {
  const { labelRule, total } = statistics;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data set: ${escapeHtml(statistics.root)}</title>
<style>${statisticsCss}</style>
</head>
<body>
<main>
<header>
<h1>Data set</h1>
<p class="path">${escapeHtml(statistics.root)}</p>
<p>${escapeHtml(capitalised(ruleInWords(labelRule)))}; one row per ${labelRule.rows === "images" ? "image" : "finding"}${leftOut(statistics)}.</p>
</header>
<section class="figures">
${figure(thousands(total.studies), "studies")}
${figure(thousands(total.images), "images")}
${figure(percent(total.malignantRows, total.rows), `of ${thousands(total.rows)} rows malignant`)}
${figure(total.alwaysMalignantF1.toFixed(3), "F1 of always malignant")}
</section>
${countsTable(statistics)}
<div class="charts">
${chartsOf(statistics).map(renderSplitChart).join("\n")}
</div>
${splitsSection(statistics)}
${warningsSection(statistics)}
</main>
</body>
</html>
`;
}

function leftOut({ excluded }: DatasetStatistics): string {
  if (excluded.length === 0) return "";
  return `; left out: ${excluded.map(({ birads, images }) => `${thousands(images)} images of BI-RADS ${birads}`).join(", ")}`;
}

function figure(value: string, name: string): string {
  return `<div><strong>${value}</strong><span>${escapeHtml(name)}</span></div>`;
}

function share(part: number, whole: number): string {
  return `${thousands(part)} <small>${percent(part, whole)}</small>`;
}

function countsTable({ splits: bySplit, total }: DatasetStatistics): string {
  const row = (name: string, valueOf: (split: SplitStatistics) => string) =>
    `<tr><th scope="row">${name}</th>${[bySplit.training, bySplit.test, total].map((split) => `<td>${valueOf(split)}</td>`).join("")}</tr>`;
  return `<table>
<thead><tr><td></td><th scope="col">training</th><th scope="col">test</th><th scope="col">all</th></tr></thead>
<tbody>
${row("studies", ({ studies }) => thousands(studies))}
${row("images", ({ images }) => thousands(images))}
${row("rows", ({ rows }) => thousands(rows))}
${row("malignant rows", (split) => share(split.malignantRows, split.rows))}
${row("malignant images", (split) => share(split.malignantImages, split.images))}
${row("malignant studies", (split) => share(split.malignantStudies, split.studies))}
</tbody>
</table>`;
}

function splitsSection({ comparison, madeSplit }: DatasetStatistics): string {
  const { prevalenceDifference: difference, shared } = comparison;
  const tests = Object.entries(comparison.tests).map(
    ([name, { degreesOfFreedom, statistic, p }]) =>
      `${name} χ²(${degreesOfFreedom}) = ${statistic.toFixed(2)}, p = ${p.toFixed(3)}`,
  );
  return `<section>
<h2>Splits</h2>
<ul>
${madeSplit ? `<li>${escapeHtml(madeSplitInWords(madeSplit))}.</li>` : ""}
<li class="${comparison.isStratified ? "good" : "bad"}">${comparison.isStratified ? "Stratified" : "Not stratified"}: ${tests.join("; ")}.
Malignant images, test minus training: ${points(difference.value)} points (95 % ${points(difference.low)} to ${points(difference.high)}).
<small>By ${escapeHtml(comparison.method)}.</small></li>
<li class="${comparison.isDisjoint ? "good" : "bad"}">${comparison.isDisjoint ? "No study, series or image is in both." : `In both: ${shared.studies} studies, ${shared.series} series, ${shared.images} images.`}</li>
<li>Patients: ${escapeHtml(comparison.patients)}.</li>
</ul>
</section>`;
}

function warningsSection({ warnings }: DatasetStatistics): string {
  if (warnings.length === 0) return "";
  return `<section><h2>Warnings</h2><ul>${warnings.map((warning) => `<li class="bad">${escapeHtml(warning)}</li>`).join("")}</ul></section>`;
}
