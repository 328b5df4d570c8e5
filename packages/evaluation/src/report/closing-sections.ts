import { flattenSettings } from "../flatten-settings.ts";
import { formatCount, formatDuration } from "../format.ts";
import { labelRuleInWords, limitsOf } from "../limits.ts";
import { groupsOf } from "../groups-of.ts";
import { breakable, markup, proseWithCode, type Markup } from "../markup.ts";
import type { RunSummary } from "../run-summary.ts";
import { folded } from "./page.ts";

/** Examples shown of each reason; the rest is counted. */
const examplesShown = 5;

/** What failed or did not run, with reasons; says so when nothing did. */
export function failuresSection({ preprocessing, notRun, warnings }: RunSummary): Markup {
  const { submitted, completed, failed, failures } = preprocessing;
  const unnamed = failed - failures.length;
  return markup`<section id="failures"><h2>Failures and gaps</h2>
<p class="lead">${formatCount(submitted)} studies submitted = ${formatCount(completed)} completed + ${formatCount(failed)} failed.</p>
${reasonsTable("Studies", failures)}
${unnamed > 0 ? markup`<p>${formatCount(unnamed)} further failures are listed in the run's shards.</p>` : null}
${
  notRun.length === 0
    ? null
    : markup`<h3>Not run</h3>${reasonsTable(
        "Experiments",
        notRun.map(({ name, reason }) => ({ subject: name, reason })),
      )}`
}
${warnings.length === 0 ? null : markup`<h3>Warnings</h3><ul>${warnings.map((warning) => markup`<li>${proseWithCode(warning)}</li>`)}</ul>`}</section>`;
}

/** A line a reason, the most frequent first: how many it stopped, and some of them. */
function reasonsTable(title: string, failures: readonly { subject: string; reason: string }[]): Markup | null {
  if (failures.length === 0) return null;
  const reasons = groupsOf(failures, ({ reason }) => reason).toSorted((a, b) => b.length - a.length);
  return markup`<div class="sheet"><table class="reasons"><thead><tr><th scope="col">Reason</th><th scope="col">${title}</th><th scope="col">Which</th></tr></thead>
<tbody>${reasons.map(
    (group) =>
      markup`<tr><td data-label="Reason">${proseWithCode(group[0].reason)}</td><td data-label="${title}">${formatCount(group.length)}</td><td data-label="Which">${group.slice(0, examplesShown).map(({ subject }) => markup`<code>${breakable(subject)}</code> `)}${group.length > examplesShown ? `and ${formatCount(group.length - examplesShown)} more` : ""}</td></tr>`,
  )}</tbody></table></div>`;
}

/** What the numbers cannot say. */
export function limitsSection(summary: RunSummary): Markup {
  return markup`<section id="limits"><h2>Limits: what these numbers cannot say</h2><ul>${limitsOf(summary).map((limit) => markup`<li>${proseWithCode(limit)}</li>`)}</ul></section>`;
}

/** What is needed to do the run again; what a model differs in stands on its own page. */
export function configurationSection(summary: RunSummary): Markup {
  const { experiments: _, ...shared } = summary.configuration;
  const facts: [string, string][] = [
    ["run", summary.runId],
    ["mammoflow", summary.packageVersion],
    ["recipe", `${summary.recipe.name} (${summary.recipe.hash})`],
    ["labels", labelRuleInWords(summary.dataset.labelRule)],
  ];
  return markup`<section id="configuration"><h2>Configuration</h2>
<div class="sheet">${propertyTable(facts)}</div>
${folded("All settings of the run", markup`<div class="sheet">${propertyTable(flattenSettings(shared))}</div>`)}
${
  summary.durations === undefined || summary.durations.length === 0
    ? null
    : markup`<h3>Durations</h3><div class="sheet">${propertyTable(summary.durations.map(({ name, seconds }): [string, string] => [name, formatDuration(seconds)]))}</div>`
}</section>`;
}

/** A name and a value a line. */
export function propertyTable(rows: [string, string][]): Markup {
  return markup`<table class="properties"><tbody>${rows.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}
