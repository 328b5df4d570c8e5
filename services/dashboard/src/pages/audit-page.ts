import type { AuditLine, AuditLog } from "@mammoflow/jobs";
import { html, prose, type Markup } from "../markup.ts";
import type { Visitor } from "../visitor.ts";
import { formatCount } from "../words.ts";
import { layout } from "./layout.ts";
import { command, runAddress, time } from "./parts.ts";

interface Filter {
  run?: string | undefined;
  who?: string | undefined;
}

/** So many events are shown; the command line has all. */
const shownLines = 200;

export function auditPage({ lines, broken, unread }: AuditLog, { run, who }: Filter, visitor: Visitor): string {
  const shown = lines.slice(0, shownLines);
  const verb = ["mammoflow audit", run, who && `--who ${who}`].filter(Boolean).join(" ");
  return layout(
    {
      title: run === undefined ? "Audit log" : `Audit log of ${run}`,
      place: "audit",
      content: html`<h1>Audit log${run !== undefined && ` of ${run}`}</h1>
        <p class="lead">
          Who did what, newest first${run === undefined && ": of the newest runs, of this dashboard and of its users"}.
          Every event holds the hash of the one before it in its log.
        </p>
        ${broken.length > 0 && html`<p class="notice">The chain of ${broken.join(", ")} is broken: an event is missing or was changed afterwards.</p>`}
        ${unread.map(({ log, reason }) => html`<p class="notice">The log of ${log} cannot be read: ${prose(reason)}</p>`)}
        <form class="filter" method="get" action="/audit" role="search">
          <label>Run <input name="run" value="${run ?? ""}" spellcheck="false" /></label>
          <label>Person <input name="who" value="${who ?? ""}" spellcheck="false" autocapitalize="none" /></label>
          <button class="button quiet">Filter</button>
          ${(run !== undefined || who !== undefined) && html`<a href="/audit">Show all</a>`}
        </form>
        ${shown.length === 0 ? html`<div class="sheet empty"><p>There is no such event.</p></div>` : table(shown)}
        ${lines.length > shown.length && html`<p class="lead">${formatCount(lines.length - shown.length)} older events are not shown; the command has them all.</p>`}
        <p class="lead">The same in a terminal: ${command(verb)}</p>`,
    },
    visitor,
  );
}

function table(lines: AuditLine[]): Markup {
  return html`<div class="sheet">
    <table class="audit" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">When</th>
          <th role="columnheader" scope="col">Who</th>
          <th role="columnheader" scope="col">What</th>
          <th role="columnheader" scope="col">Of</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${lines.map(
          ({ at, who, action, facts, log, runId }) =>
            html`<tr role="row">
              <td role="cell">${time(Date.parse(at))}</td>
              <td role="cell"><a href="/audit?who=${encodeURIComponent(who)}">${who}</a></td>
              <td role="cell">${action} <small>${factsText(facts)}</small></td>
              <td role="cell">${runId === undefined ? log : html`<a href="${runAddress(runId)}">${runId}</a>`}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** `generation 1, studies 40` */
function factsText(facts: Record<string, unknown>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
