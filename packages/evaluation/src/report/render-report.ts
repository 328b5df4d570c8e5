import { markup } from "../markup.ts";
import type { RunSummary } from "../run-summary.ts";
import { configurationSection, failuresSection, limitsSection } from "./closing-sections.ts";
import { comparisonSection } from "./comparison-section.ts";
import { choiceStyle } from "./comparison-choice.ts";
import { decisionsSection, subgroupsSection } from "./decisions-section.ts";
import { datasetSection } from "./dataset-section.ts";
import { energySection } from "./energy-section.ts";
import { errorsSection } from "./errors-section.ts";
import { modelsSection } from "./models-section.ts";
import { opening } from "./opening.ts";
import { renderPage } from "./page.ts";
import { treeSection } from "./tree-section.ts";

/**
 * The report of a run as one self-contained HTML page, which says all that it takes to compare its models and links to the page
 * of each (`renderModelPage`). The same summary gives the same bytes. Every text from the summary is escaped.
 */
export function renderReport(summary: RunSummary): string {
  const sections = [
    ["result", "Result", opening(summary)],
    ["limits", "Limits", limitsSection(summary)],
    ["comparison", "Comparison", comparisonSection(summary)],
    ["models", "Models", modelsSection(summary)],
    ["decisions", "Decisions", decisionsSection(summary)],
    ["subgroups", "Subgroups", subgroupsSection(summary)],
    ["errors", "Errors", errorsSection(summary)],
    ["trees", "Trees", treeSection(summary)],
    ["data", "Data", datasetSection(summary)],
    ["energy", "Energy", energySection(summary)],
    ["failures", "Failures", failuresSection(summary)],
    ["configuration", "Configuration", configurationSection(summary)],
  ] as const;
  const shown = sections.filter(([, , section]) => section !== null);
  return renderPage({
    title: `report: ${summary.runId}`,
    sections: shown.map(([id, title]) => [id, title]),
    content: shown.map(([, , section]) => markup`${section}\n`),
    footer: `Made by mammoflow ${summary.packageVersion} from run ${summary.runId}.`,
    style: choiceStyle(summary),
  });
}
