import type { Estimate } from "@mammoflow/evaluation";
import { html, type Markup } from "../markup.ts";
import type { ExperimentRow } from "../read-experiments.ts";
import type { RunView } from "../run-view.ts";
import { formatCount, formatCounted, formatShare } from "../words.ts";
import { reasonText, runAddress } from "./parts.ts";

/** Metrics on their scales, each with what looking at no image reaches. */
const columns = [
  { title: "F1", of: "f1", from: 0, to: 1, baseline: null },
  { title: "F1 gain", of: "f1Gain", from: -1, to: 1, baseline: 0 },
  { title: "AUC", of: "auc", from: 0, to: 1, baseline: 0.5 },
] as const;

/** So many results are shown; the report and the comparison have all. */
const shownResults = 40;

/** The run's experiments, whose results come in one by one: first those at work, then what failed, then results by their AUC, then the rest. */
export function experimentsTable({ progress, outcomes }: RunView): Markup {
  const { experiments: rows, hasReport } = outcomes;
  if (rows.length === 0) return html``;
  const of = (wanted: ExperimentRow["state"]["is"]): ExperimentRow[] => rows.filter(({ state }) => state.is === wanted);
  const done = of("done").toSorted((a, b) => aucOf(b) - aucOf(a));
  const waiting = of("waiting");
  const addressOf = (name: string): string =>
    `${runAddress(progress.runId)}/models/${encodeURIComponent(name)}/report.html`;
  return html`<section aria-labelledby="experiments-title">
    <h2 id="experiments-title">Experiments</h2>
    <p class="lead">
      ${done.length} of ${rows.length} evaluated on the test split; each value with its 95 % interval, highest AUC
      first. F1 gain is what a model's F1 is above calling every image malignant: only an interval above zero shows
      skill. The broken lines mark what looking at no image reaches.
      ${done.length > 1 && `Of ${done.length} intervals one in twenty misses by chance; the report corrects for that.`}
    </p>
    <div class="sheet">
      <table class="experiments" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Experiment</th>
            <th role="columnheader" scope="col">State</th>
            ${columns.map(({ title }) => html`<th role="columnheader" scope="col">${title}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${of("working").map((row) => experimentRow(row, nameOf(row)))} ${groups(of("failed")).map(groupRow)}
          ${done.slice(0, shownResults).map((row) => experimentRow(row, nameOf(row, hasReport ? addressOf(row.name) : undefined)))}
          ${done.length > shownResults && countRow(done.length - shownResults, "done", `below the ${shownResults} highest AUCs`)}
          ${waiting.length > 0 && countRow(waiting.length, "waiting", "for a worker")}
          ${groups(of("not run")).map(groupRow)}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** Experiments that ended for the same reason stand together: a backbone without weights is one piece of news. */
function groups(rows: ExperimentRow[]): [ExperimentRow, ...ExperimentRow[]][] {
  const grouped = new Map<string, [ExperimentRow, ...ExperimentRow[]]>();
  for (const row of rows) {
    const key = `${row.backbone} ${"reason" in row.state ? row.state.reason : ""}`;
    const known = grouped.get(key);
    if (known) known.push(row);
    else grouped.set(key, [row]);
  }
  return [...grouped.values()];
}

function groupRow([first, ...others]: [ExperimentRow, ...ExperimentRow[]]): Markup {
  if (others.length === 0) return experimentRow(first, nameOf(first));
  return experimentRow(first, html`${first.backbone}<small>${formatCount(others.length + 1)} experiments</small>`);
}

const aucOf = ({ state }: ExperimentRow): number => (state.is === "done" ? (state.metrics.auc.value ?? -1) : -1);

function nameOf(row: ExperimentRow, address?: string): Markup {
  return html`${address === undefined ? row.backbone : html`<a href="${address}">${row.backbone}</a>`}<small
      >${variantOf(row)}</small
    >`;
}

/** Many experiments of which there is nothing to tell apart. */
function countRow(count: number, state: "done" | "waiting", words: string): Markup {
  return html`<tr role="row" data-key="${state}">
    <th role="rowheader" scope="row">${formatCounted(count, "experiment", "experiments")}</th>
    <td role="cell" class="outcome ${state === "done" ? "more-done" : state}" colspan="4">
      ${state} <small>${words}</small>
    </td>
  </tr>`;
}

/** What tells an experiment from others of its backbone. */
function variantOf({ part, strategy, seed, settings = {}, leftOut }: ExperimentRow): string {
  return [
    part,
    strategy === "none" ? "no balancing" : strategy,
    `seed ${seed}`,
    ...Object.entries(settings).map(([setting, value]) => `${setting} ${value}`),
    ...(leftOut === undefined ? [] : [`without ${leftOut}`]),
  ].join(", ");
}

function experimentRow({ name, state }: ExperimentRow, title: Markup): Markup {
  return html`<tr role="row" data-key="${name}">
    <th role="rowheader" scope="row">${title}</th>
    ${
      state.is === "done"
        ? html`<td role="cell" class="outcome done">done</td>
            ${columns.map(({ of, ...column }) => html`<td role="cell" class="metric" data-label="${column.title}">${metric(state.metrics[of], column)}</td>`)}`
        : html`<td role="cell" class="outcome ${state.is.replace(" ", "-")}" colspan="4">${stateText(state)}</td>`
    }
  </tr>`;
}

function stateText(state: Exclude<ExperimentRow["state"], { is: "done" }>): Markup {
  if (state.is === "waiting") return html`waiting`;
  return html`${state.is} <small>${state.is === "working" ? state.words : reasonText(state.reason)}</small>`;
}

/** Value and interval, and the same drawn on the metric's scale. */
function metric(
  { value, low, high }: Estimate,
  { from, to, baseline }: Pick<(typeof columns)[number], "from" | "to" | "baseline">,
): Markup {
  if (value === null) return html`<span>-</span><small>not defined</small>`;
  const at = (share: number): string => (((share - from) / (to - from)) * 100).toFixed(1);
  return html`<span>${formatShare(value)}</span>${
      low !== null &&
      high !== null &&
      html`<small>${formatShare(low)} to ${formatShare(high)}</small>
        <svg class="interval" aria-hidden="true" preserveAspectRatio="none">
          <line class="scale" x1="0" x2="100%" y1="50%" y2="50%" />
          ${baseline !== null && html`<line class="zero" x1="${at(baseline)}%" x2="${at(baseline)}%" y1="0" y2="100%" />`}
          <line class="range" x1="${at(low)}%" x2="${at(high)}%" y1="50%" y2="50%" />
          <circle cx="${at(value)}%" cy="50%" r="3.5" />
        </svg>`
    }`;
}
