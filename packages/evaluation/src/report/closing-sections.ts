import { flattenSettings } from "../flatten-settings.ts";
import { formatCount, formatDuration } from "../format.ts";
import { labelRuleInWords, limitsOf } from "../limits.ts";
import { markup, proseWithCode, type Markup } from "../markup.ts";
import type { RunSummary } from "../run-summary.ts";

/** Examples shown of each reason; the rest is counted. */
const examplesShown = 5;

/** What failed or did not run, with reasons; says so when nothing did. */
export function failuresSection({ preprocessing, notRun, warnings }: RunSummary): Markup {
  const { submitted, completed, failed, failures } = preprocessing;
  const byReason = new Map<string, typeof failures>();
  for (const failure of failures) byReason.set(failure.reason, [...(byReason.get(failure.reason) ?? []), failure]);
  const reasons = [...byReason].toSorted(([, a], [, b]) => b.length - a.length);
  const unnamed = failed - failures.length;
  return markup`<section id="failures"><h2>Failures and gaps</h2>
<p class="lead">${formatCount(submitted)} studies submitted = ${formatCount(completed)} completed + ${formatCount(failed)} failed.</p>
${
  reasons.length === 0
    ? null
    : markup`<div class="sheet"><table class="reasons"><thead><tr><th scope="col">Reason</th><th scope="col">Studies</th><th scope="col">Which</th></tr></thead>
<tbody>${reasons.map(
        ([reason, subjects]) =>
          markup`<tr><td data-label="Reason">${proseWithCode(reason)}</td><td data-label="Studies">${formatCount(subjects.length)}</td><td data-label="Which">${subjects.slice(0, examplesShown).map(({ subject }) => markup`<code>${subject}</code> `)}${subjects.length > examplesShown ? `and ${formatCount(subjects.length - examplesShown)} more` : ""}</td></tr>`,
      )}</tbody></table></div>`
}
${unnamed > 0 ? markup`<p>${formatCount(unnamed)} further failures are listed in the run's shards.</p>` : null}
${notRun.length === 0 ? null : markup`<h3>Not run</h3><ul>${notRun.map(({ name, reason }) => markup`<li><strong>${name}</strong>: ${proseWithCode(reason)}</li>`)}</ul>`}
${warnings.length === 0 ? null : markup`<h3>Warnings</h3><ul>${warnings.map((warning) => markup`<li>${proseWithCode(warning)}</li>`)}</ul>`}</section>`;
}

/** What the numbers cannot say. */
export function limitsSection(summary: RunSummary): Markup {
  return markup`<section id="limits"><h2>Limits</h2><ul>${limitsOf(summary).map((limit) => markup`<li>${proseWithCode(limit)}</li>`)}</ul></section>`;
}

/** What is needed to do the run again. */
export function configurationSection(summary: RunSummary): Markup {
  const facts: [string, string][] = [
    ["run", summary.runId],
    ["mammoflow", summary.packageVersion],
    ["recipe", `${summary.recipe.name} (${summary.recipe.hash})`],
    ["labels", labelRuleInWords(summary.dataset.labelRule)],
    ...flattenSettings(summary.configuration),
  ];
  const differing = summary.experiments.map(({ name, configuration }) => ({
    name,
    rows: flattenSettings(configuration),
  }));
  return markup`<section id="configuration"><h2>Configuration</h2>
<div class="sheet">${propertyTable(facts)}</div>
${differing.map(({ name, rows }) => (rows.length === 0 ? null : markup`<details><summary>${name}</summary>${propertyTable(rows)}</details>`))}
${
  summary.durations === undefined || summary.durations.length === 0
    ? null
    : markup`<h3>Durations</h3><div class="sheet">${propertyTable(summary.durations.map(({ name, seconds }): [string, string] => [name, formatDuration(seconds)]))}</div>`
}</section>`;
}

function propertyTable(rows: [string, string][]): Markup {
  return markup`<table class="properties"><tbody>${rows.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}
