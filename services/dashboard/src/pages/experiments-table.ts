import type { Estimate } from "@mammoflow/evaluation";
import { html, type Markup } from "../markup.ts";
import type { ExperimentRow } from "../read-experiments.ts";
import { reasonText } from "./parts.ts";
import { formatShare } from "../words.ts";

const columns = [
  { title: "F1", of: "f1", from: 0, to: 1 },
  { title: "F1 gain", of: "f1Gain", from: -1, to: 1 },
  { title: "AUC", of: "auc", from: 0, to: 1 },
] as const;

/** The run's experiments, whose results come in one by one. */
export function experimentsTable(rows: ExperimentRow[]): Markup {
  if (rows.length === 0) return html``;
  const done = rows.filter(({ state }) => state.is === "done").length;
  return html`<section aria-labelledby="experiments-title">
    <h2 id="experiments-title">Experiments</h2>
    <p class="lead">
      ${done} of ${rows.length} evaluated on the test split; each value with its 95 % interval. F1 gain is what a
      model's F1 is above calling every image malignant: only an interval above zero shows skill.
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
          ${groups(rows).map(experimentRows)}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** Experiments that did not run for the same reason stand together: a backbone without weights is one piece of news. */
function groups(rows: ExperimentRow[]): [ExperimentRow, ...ExperimentRow[]][] {
  const grouped: [ExperimentRow, ...ExperimentRow[]][] = [];
  for (const row of rows) {
    const last = grouped.at(-1);
    if (last && row.state.is === "not run" && row.backbone === last[0].backbone && reasonOf(row) === reasonOf(last[0]))
      last.push(row);
    else grouped.push([row]);
  }
  return grouped;
}

function reasonOf({ state }: ExperimentRow): string | undefined {
  return state.is === "not run" ? state.reason : undefined;
}

function experimentRows([first, ...others]: [ExperimentRow, ...ExperimentRow[]]): Markup {
  return experimentRow(first, others.length > 0 ? `${others.length + 1} experiments` : variantOf(first));
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

function experimentRow({ backbone, state }: ExperimentRow, variant: string): Markup {
  return html`<tr role="row">
    <th role="rowheader" scope="row">${backbone}<small>${variant}</small></th>
    ${
      state.is === "done"
        ? html`<td role="cell" class="outcome done">done</td>
            ${columns.map(({ title, of, from, to }) => html`<td role="cell" class="metric" data-label="${title}">${metric(state.metrics[of], from, to)}</td>`)}`
        : html`<td role="cell" class="outcome ${state.is.replace(" ", "-")}" colspan="4">${stateText(state)}</td>`
    }
  </tr>`;
}

function stateText(state: Exclude<ExperimentRow["state"], { is: "done" }>): Markup {
  if (state.is === "waiting") return html`waiting`;
  return html`${state.is} <small>${state.is === "working" ? state.words : reasonText(state.reason)}</small>`;
}

/** Value and interval, and the same drawn on the metric's scale. */
function metric({ value, low, high }: Estimate, from: number, to: number): Markup {
  if (value === null) return html`<span>-</span><small>not defined</small>`;
  const at = (share: number): string => (((share - from) / (to - from)) * 100).toFixed(1);
  return html`<span>${formatShare(value)}</span>${
      low !== null &&
      high !== null &&
      html`<small>${formatShare(low)} to ${formatShare(high)}</small>
        <svg class="interval" aria-hidden="true" preserveAspectRatio="none">
          <line class="scale" x1="0" x2="100%" y1="50%" y2="50%" />
          ${from < 0 && html`<line class="zero" x1="${at(0)}%" x2="${at(0)}%" y1="0" y2="100%" />`}
          <line class="range" x1="${at(low)}%" x2="${at(high)}%" y1="50%" y2="50%" />
          <circle cx="${at(value)}%" cy="50%" r="3.5" />
        </svg>`
    }`;
}
