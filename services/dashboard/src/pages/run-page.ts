import { stageNames, type RunProgress, type StageName, type StageProgress } from "@mammoflow/jobs";
import type { Picture } from "../live.ts";
import { html, prose, type Markup } from "../markup.ts";
import type { RunView } from "../run-view.ts";
import type { Visitor } from "../visitor.ts";
import { formatCount, formatCounted, formatDuration, formatLeft, formatRate, stageWords } from "../words.ts";
import { experimentsTable } from "./experiments-table.ts";
import { layout } from "./layout.ts";
import { command, progressBar, runAddress, stateBadge, stateSentence, time } from "./parts.ts";
import { failuresSection, imagesSection } from "./preparation-sections.ts";
import { runActionsSection } from "./run-actions-section.ts";

/** A run's page; while the run is at work its parts are replaced by events. */
export function runPage(view: RunView, visitor: Visitor): string {
  const { runId, state } = view.progress;
  const { opening: first, ...others } = partsOf(view);
  const part = ([id, markup]: [string, Markup | undefined]): Markup => html`<div id="${id}">${markup}</div>`;
  return layout(
    {
      title: runId,
      place: "runs",
      ...(state === "running" ? { events: `${runAddress(runId)}/events` } : {}),
      content: html`${part(["opening", first])}${runActionsSection(runId, visitor)}${Object.entries(others).map(part)}`,
    },
    visitor,
  );
}

export function runPicture(view: RunView): Picture {
  const { progress } = view;
  const stage = progress.stages.find(({ isClosed }) => !isClosed);
  const share = stage && stage.total > 0 ? `${Math.floor((100 * (stage.done + stage.failed)) / stage.total)} % · ` : "";
  return {
    title: `${progress.state === "running" ? share : ""}${progress.runId} · mammoflow`,
    parts: Object.fromEntries(Object.entries(partsOf(view)).map(([id, part]) => [id, part.text])),
    isLast: progress.state !== "running",
  };
}

function partsOf(view: RunView): Record<string, Markup> {
  return {
    opening: opening(view),
    stages: stagesSection(view.progress),
    facts: facts(view),
    experiments: experimentsTable(view),
    images: imagesSection(view),
    failures: failuresSection(view),
  };
}

function opening({ progress, outcomes }: RunView): Markup {
  const { runId, state, reason } = progress;
  const missing = missingOf(outcomes);
  return html`<div class="headline">
      <h1>${runId}</h1>
      ${stateBadge(state)}
    </div>
    <p class="state" role="status">${stateSentence(progress)}</p>
    ${reason !== "" && html`<p class="notice">${prose(reason)}</p>`}
    ${outcomes.problem !== undefined && html`<p class="notice">The run's store cannot be read from here: ${prose(outcomes.problem)}</p>`}
    ${state === "done" && missing > 0 && html`<p class="notice" id="missing">${formatCount(missing)} of ${formatCounted(outcomes.experiments.length, "experiment", "experiments")} left no result; the table of experiments says why.</p>`}
    ${outcomes.isSynthetic && html`<p class="notice">Synthetic phantoms: the numbers show that everything works, and say nothing about mammograms.</p>`}
    ${links(runId, outcomes)}`;
}

/** Experiments without a result. */
function missingOf({ experiments }: RunView["outcomes"]): number {
  return experiments.filter(({ state }) => state.is !== "done").length;
}

function facts({ progress, outcomes }: RunView): Markup {
  const { studies, images, generation, submittedAtMs, endedAtMs, store } = progress;
  return html`<dl class="facts" aria-label="About this run">
    <div>
      <dt>Data</dt>
      <dd>${formatCounted(studies, "study", "studies")}, ${formatCounted(images, "image", "images")}</dd>
    </div>
    <div>
      <dt>Submitted</dt>
      <dd>
        ${time(submittedAtMs)}${generation > 1 && `, taken up again${generation > 2 ? ` ${generation - 1} times` : ""}`}
      </dd>
    </div>
    ${
      endedAtMs !== undefined &&
      html`<div>
        <dt>Ended</dt>
        <dd>${time(endedAtMs)}, after ${formatDuration((endedAtMs - submittedAtMs) / 1000)}</dd>
      </div>`
    }
    <div>
      <dt>Store</dt>
      <dd class="path">${store}</dd>
    </div>
    ${commands(progress, missingOf(outcomes) > 0).map(
      ([purpose, text]) =>
        html`<div>
          <dt>${purpose}</dt>
          <dd>${command(text)}</dd>
        </div>`,
    )}
  </dl>`;
}

function links(runId: string, { hasReport, hasComparison, hasDatasetReport }: RunView["outcomes"]): Markup {
  const address = runAddress(runId);
  return html`<p class="links" data-key="links">
    ${hasReport && html`<a class="button" href="${address}/report/index.html">Open the report</a>`}
    ${hasComparison && html`<a href="${address}/comparison.csv" download>Comparison as CSV</a>`}
    ${hasDatasetReport && html`<a href="${address}/dataset-report">Data set report</a>`}
    <a href="/queues/">Jobs in the queues</a>
  </p>`;
}

/** What does the same in a terminal. */
function commands({ runId, state, stages }: RunProgress, isLacking: boolean): [purpose: string, command: string][] {
  if (state === "running")
    return [
      ["Follow it in a terminal", `mammoflow watch ${runId}`],
      ["Stop it", `mammoflow cancel ${runId}`],
    ];
  const failed = stages.some(({ stage, failed }) => stage === "preprocess" && failed > 0);
  return [
    ...(state === "done" ? [["See it in a terminal", `mammoflow watch ${runId}`] as [string, string]] : []),
    ...(state !== "done" || isLacking ? [["Go on with it", `mammoflow resume ${runId}`] as [string, string]] : []),
    ...(failed ? [["Run the failed studies again", `mammoflow retry ${runId} --failed`] as [string, string]] : []),
  ];
}

function stagesSection({ state, stages }: RunProgress): Markup {
  return html`<ol class="stages" aria-label="Stages">
    ${stageNames.map((name) =>
      stageItem(
        name,
        stages.find(({ stage }) => stage === name),
        state === "running",
      ),
    )}
  </ol>`;
}

function stageItem(name: StageName, stage: StageProgress | undefined, isRunning: boolean): Markup {
  const { title, one, many } = stageWords[name];
  if (!stage)
    return html`<li class="ahead">
      <h2>${title}</h2>
      <svg class="bar" aria-hidden="true"></svg>
      <p>${isRunning ? "not begun" : "not reached"}</p>
    </li>`;
  const { done, failed, total, isClosed, seconds, perSecond, etaSeconds } = stage;
  const timing = isClosed
    ? `in ${formatDuration(seconds)}`
    : !isRunning
      ? "ended before it was through"
      : total === done + failed
        ? "finishing"
        : etaSeconds === null
          ? "waiting for a worker"
          : formatLeft(etaSeconds);
  const facts = [
    `${formatCount(done + failed)} of ${formatCounted(total, one, many)}`,
    ...(failed > 0 ? [html`<strong class="failed">${formatCount(failed)} failed</strong>`] : []),
    ...(perSecond > 0 && (isRunning || isClosed) ? [formatRate(perSecond)] : []),
    timing,
  ];
  return html`<li class="${isClosed ? "through" : isRunning ? "at-work" : "broken-off"}">
    <h2>${title}</h2>
    ${progressBar(stage, title)}
    <p>${facts.map((fact) => html`<span>${fact}</span>`)}</p>
  </li>`;
}
