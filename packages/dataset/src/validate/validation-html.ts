/** One self-contained page of what was found in a data set. */
import { percent, thousands } from "../format-statistics.ts";
import { escapeHtml } from "../split-chart.ts";
import { statisticsCss } from "../statistics-css.ts";
import { depthOf, formatBytes, verdictOf } from "./format-validation.ts";
import type { Level, ValidationIssue } from "./issues.ts";
import type { ValidationReport } from "./validate-dataset.ts";

const titles: Record<Level, string> = { errors: "Errors", warnings: "Warnings", information: "What it is made of" };

/** @returns a complete HTML document without scripts or outside resources; for screen (light and dark) and paper. */
export function validationHtml(report: ValidationReport): string {
  const { root, studies, images, errors, warnings, bytesRead, sizeBytes } = report;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Validation: ${escapeHtml(root)}</title>
<style>${statisticsCss}${findingsCss}</style>
</head>
<body>
<main>
<header>
<h1>Validation</h1>
<p class="path">${escapeHtml(root)}</p>
<p class="verdict ${errors.length > 0 ? "errors" : warnings.length > 0 ? "warnings" : "sound"}">${capitalised(verdictOf(report))}.</p>
<p>${capitalised(depthOf(report))}.</p>
</header>
<section class="figures">
${figure(thousands(studies), "studies")}
${figure(thousands(images), "images")}
${figure(thousands(total(errors)), `errors of ${errors.length} kinds`)}
${figure(thousands(total(warnings)), `warnings of ${warnings.length} kinds`)}
${figure(formatBytes(sizeBytes), `in files, ${percent(bytesRead, sizeBytes)} of it read`)}
</section>
${(["errors", "warnings", "information"] as const).map((level) => levelSection(level, report[level])).join("\n")}
</main>
</body>
</html>
`;
}

function figure(value: string, name: string): string {
  return `<div><strong>${value}</strong><span>${escapeHtml(name)}</span></div>`;
}

function total(issues: ValidationIssue[]): number {
  return issues.reduce((sum, { count }) => sum + count, 0);
}

function levelSection(level: Level, issues: ValidationIssue[]): string {
  if (issues.length === 0) return "";
  return `<section class="findings ${level}">
<h2>${titles[level]}</h2>
${issues.map(findingArticle).join("\n")}
</section>`;
}

function findingArticle({ code, message, advice, count, by, examples }: ValidationIssue): string {
  const more = count - examples.length;
  return `<article>
<h3><b>${thousands(count)}</b> ${escapeHtml(message)} <code>${escapeHtml(code)}</code></h3>
${advice === undefined ? "" : `<p>${escapeHtml(capitalised(advice))}.</p>`}
${by ? groupsTable(by, count) : ""}
${examples.length > 0 ? `<ul class="examples">${examples.map((example) => `<li>${escapeHtml(example)}</li>`).join("")}${more > 0 ? `<li class="more">and ${thousands(more)} more</li>` : ""}</ul>` : ""}
</article>`;
}

function groupsTable(by: Record<string, number>, count: number): string {
  const rows = Object.entries(by).map(
    ([group, own]) =>
      `<tr><th scope="row">${escapeHtml(group)}</th><td>${thousands(own)}</td><td>${percent(own, count)}</td><td class="bar"><i style="width: ${((100 * own) / count).toFixed(1)}%"></i></td></tr>`,
  );
  return `<table class="groups"><tbody>${rows.join("")}</tbody></table>`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const findingsCss = `
.verdict { display: inline-block; margin: 4px 0; padding: 4px 12px; border-radius: 6px; border: 1px solid currentColor; font-weight: 600; }
.verdict.errors, .findings.errors b { color: var(--bad); }
.verdict.warnings, .findings.warnings b { color: var(--test-malignant); }
.verdict.sound { color: var(--good); }
.findings { --mark: var(--line); }
.findings.errors { --mark: var(--bad); }
.findings.warnings { --mark: var(--test); }
article { border: 1px solid var(--line); border-left: 4px solid var(--mark); border-radius: 8px; padding: 12px 16px; margin: 12px 0; break-inside: avoid; }
article p { margin: 4px 0; color: var(--soft); }
h3 { font-size: 15px; font-weight: 500; margin: 0; }
h3 b { font-size: 18px; font-variant-numeric: tabular-nums; margin-right: 4px; }
code { color: var(--soft); font: 12px ui-monospace, monospace; margin-left: 6px; }
.groups { margin: 8px 0 4px; width: auto; min-width: min(520px, 100%); }
.groups th, .groups td { padding: 3px 10px; }
.groups td { white-space: nowrap; }
.groups .bar { width: 160px; min-width: 60px; }
.groups .bar i { display: block; height: 9px; border-radius: 2px; background: var(--training); }
.examples { list-style: none; margin: 8px 0 0; padding: 0; font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.examples li { margin: 2px 0; }
.examples .more { color: var(--soft); }
@media print { .groups .bar i { print-color-adjust: exact; } }
`;
