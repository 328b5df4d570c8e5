import { markup, Markup } from "../markup.ts";
import type { RunSummary } from "../run-summary.ts";
import { configurationSection, failuresSection, limitsSection } from "./closing-sections.ts";
import { comparisonSection } from "./comparison-section.ts";
import { decisionsSection, subgroupsSection } from "./decisions-section.ts";
import { datasetSection } from "./dataset-section.ts";
import { errorsSection } from "./errors-section.ts";
import { energySection } from "./energy-section.ts";
import { modelsSection } from "./models-section.ts";
import { opening } from "./opening.ts";
import { reportStyle } from "./report-style.ts";
import { treeSection } from "./tree-section.ts";

/**
 * The report of a run as one self-contained HTML page: no script, no network, pictures and drawings inside; readable on a
 * phone, in the dark and on paper. The same summary gives the same bytes. Every text from the summary is escaped.
 */
export function renderReport(summary: RunSummary): string {
  const decisions = decisionsSection(summary);
  const subgroups = subgroupsSection(summary);
  const trees = treeSection(summary);
  const energy = energySection(summary);
  const sections: [id: string, title: string, isShown: boolean][] = [
    ["result", "Result", true],
    ["comparison", "Comparison", true],
    ["decisions", "Decisions", decisions !== null],
    ["subgroups", "Subgroups", subgroups !== null],
    ["data", "Data", true],
    ["models", "Models", summary.experiments.length > 0],
    ["errors", "Errors", summary.errors !== undefined],
    ["trees", "Trees", trees !== null],
    ["energy", "Energy", energy !== null],
    ["failures", "Failures", true],
    ["limits", "Limits", true],
    ["configuration", "Configuration", true],
  ];
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark"><title>mammoflow report: ${summary.runId}</title>
<style>${new Markup(reportStyle)}</style></head><body>
<header class="masthead"><p class="name">mammoflow <span>report of run ${summary.runId}</span></p>
<nav aria-label="Sections">${sections.filter(([, , isShown]) => isShown).map(([id, title]) => markup`<a href="#${id}">${title}</a>`)}</nav></header>
<main>
${opening(summary)}
${comparisonSection(summary)}
${decisions}
${subgroups}
${datasetSection(summary)}
${modelsSection(summary)}
${errorsSection(summary)}
${trees}
${energy}
${failuresSection(summary)}
${limitsSection(summary)}
${configurationSection(summary)}
</main>
<footer><p>Made by mammoflow ${summary.packageVersion} from run ${summary.runId}. Research use only.</p></footer>
</body></html>
`.text;
}
