import type { RunProgress, RunState, StageProgress } from "@mammoflow/jobs";
import { html, prose, type Markup } from "../markup.ts";
import type { Visitor } from "../visitor.ts";
import { formatCounted, formatTime, stageWords, stateWords } from "../words.ts";

/** The state as a word with a mark of its own shape, so that colour is not all that tells them apart. */
export function stateBadge(state: RunState): Markup {
  return html`<span class="badge ${state}">${stateWords[state]}</span>`;
}

/** What the run is at, in a sentence that changes only when its stage does. */
export function stateSentence({ state, stages }: RunProgress): string {
  const failed = stages.find(({ stage }) => stage === "preprocess")?.failed ?? 0;
  const failures = failed === 0 ? "" : `, ${formatCounted(failed, "study", "studies")} failed`;
  const open = stages.find(({ isClosed }) => !isClosed);
  if (state === "running")
    return open
      ? `${stageWords[open.stage].doing}${open.stage === "preprocess" ? "" : failures}`
      : "Between two stages";
  if (state === "done") return failed === 0 ? "All stages are through" : `Done${failures}`;
  return open
    ? `${stateWords[state]} while ${stageWords[open.stage].doing.toLowerCase()}`
    : `${stateWords[state]} before the next stage`;
}

/** A bar of what is done and what failed, which reads itself out. */
export function progressBar({ stage, done, failed, total }: StageProgress, label: string): Markup {
  const { one, many } = stageWords[stage];
  const share = (count: number): number => (total > 0 ? Math.min(100, (100 * count) / total) : 0);
  const valueText = `${formatCounted(done, one, many)} done${failed > 0 ? `, ${failed} failed` : ""}, of ${total}`;
  return html`<svg
    class="bar"
    role="progressbar"
    aria-label="${label}"
    aria-valuemin="0"
    aria-valuemax="${total}"
    aria-valuenow="${done + failed}"
    aria-valuetext="${valueText}"
    preserveAspectRatio="none"
  >
    <rect class="done" width="${share(done).toFixed(2)}%" height="100%" />
    <rect class="failed" x="${share(done).toFixed(2)}%" width="${share(failed).toFixed(2)}%" height="100%" />
  </svg>`;
}

export function time(ms: number): Markup {
  return html`<time datetime="${new Date(ms).toISOString()}">${formatTime(ms)}</time>`;
}

export function runAddress(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`;
}

/** A reason as the queue keeps it, `CODE: sentence`: the sentence, then the code for who looks it up. */
export function reasonText(reason: string): Markup {
  const [, code, sentence] = /^([A-Z][A-Z0-9_]+): (.*)$/s.exec(reason) ?? [];
  return code === undefined || sentence === undefined
    ? prose(reason)
    : html`${prose(sentence)} <small class="code">${code}</small>`;
}

/** Shows a form's answer to come from a page of ours. */
export function formToken({ formToken: token }: Visitor): Markup {
  return html`<input type="hidden" name="formToken" value="${token}" />`;
}

/** A command that breaks between its words only. */
export function command(text: string): Markup {
  const words = text.split(" ").map((word, index) => html`${index > 0 && " "}<span>${word}</span>`);
  return html`<code class="command">${words}</code>`;
}
