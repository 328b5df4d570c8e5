import type { RunProgress } from "@mammoflow/jobs";
import type { Picture } from "../live.ts";
import { html, type Markup } from "../markup.ts";
import type { Visitor } from "../visitor.ts";
import { formatCounted, formatDuration } from "../words.ts";
import { layout } from "./layout.ts";
import { progressBar, runAddress, stateBadge, stateSentence, time } from "./parts.ts";

/** The list of runs, newest first. */
export function runsPage(runs: RunProgress[], visitor: Visitor): string {
  return layout(
    {
      title: "Runs",
      place: "runs",
      events: "/events",
      content: html`<h1>Runs</h1>
        <div id="runs">${runsTable(runs)}</div>`,
    },
    visitor,
  );
}

export function runsPicture(runs: RunProgress[]): Picture {
  return { title: "Runs · mammoflow", parts: { runs: runsTable(runs).text }, isLast: false };
}

function runsTable(runs: RunProgress[]): Markup {
  if (runs.length === 0)
    return html`<div class="sheet empty">
      <p>No run was submitted yet.</p>
      <p>
        <code>mammoflow demo</code> makes a small data set and takes it through everything;
        <code>mammoflow submit &lt;data set&gt; --out &lt;folder&gt;</code> starts a run of your own. It appears here by
        itself.
      </p>
    </div>`;
  return html`<div class="sheet">
    <table class="runs" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Run</th>
          <th role="columnheader" scope="col">State</th>
          <th role="columnheader" scope="col">Progress</th>
          <th role="columnheader" scope="col">Submitted</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${runs.map(runRow)}
      </tbody>
    </table>
  </div>`;
}

function runRow(run: RunProgress): Markup {
  const stage = run.stages.at(-1);
  return html`<tr role="row" data-key="${run.runId}">
    <th role="rowheader" scope="row">
      <a href="${runAddress(run.runId)}">${run.runId}</a
      ><small>${formatCounted(run.studies, "study", "studies")}, ${formatCounted(run.images, "image", "images")}</small>
    </th>
    <td role="cell">${stateBadge(run.state)}</td>
    <td role="cell" class="progress">
      ${stage && progressBar(stage, `Progress of ${run.runId}`)}<small
        >${stateSentence(run)}${run.state === "running" && stage && !stage.isClosed && `, ${stage.done + stage.failed} of ${stage.total}`}</small
      >
    </td>
    <td role="cell">
      ${time(run.submittedAtMs)}${run.endedAtMs !== undefined && html`<small>took ${formatDuration((run.endedAtMs - run.submittedAtMs) / 1000)}</small>`}
    </td>
  </tr>`;
}
