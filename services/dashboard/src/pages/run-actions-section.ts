import { html, type Markup } from "../markup.ts";
import { visitorMay, type Visitor } from "../visitor.ts";
import { formToken, runAddress } from "./parts.ts";

/**
 * What the visitor may do with a run. Stands beside the parts that events replace, because it is made for one visitor;
 * the style sheet shows of it what fits the run's state.
 */
export function runActionsSection(runId: string, visitor: Visitor): Markup {
  const address = runAddress(runId);
  const button = (action: string, words: string, when: string): Markup =>
    html`<form class="${when}" method="post" action="${address}/${action}">
      ${formToken(visitor)}<button class="button quiet">${words}</button>
    </form>`;
  const mayOperate = visitorMay(visitor, "operate");
  const mayAudit = visitorMay(visitor, "audit");
  return html`<div class="actions">
    ${
      mayOperate &&
      html`${button("cancel", "Stop this run", "while-running")}
      ${button("resume", "Go on with this run", "once-ended")}
      ${button("retry", "Run failed studies again", "once-failed")}`
    }
    <a href="${address}/run.yaml">Configuration</a>
    ${mayAudit && html`<a href="/audit?run=${encodeURIComponent(runId)}">Audit log</a>`}
  </div>`;
}
