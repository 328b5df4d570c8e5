import { html, type Markup } from "../markup.ts";
import { visitorMay, type Visitor } from "../visitor.ts";
import { formToken } from "./parts.ts";

export const researchUse = "Research use only. Human review required.";

export interface Page {
  title: string;
  /** The part of the dashboard that the page belongs to. */
  place: "runs" | "start" | "audit" | "elsewhere";
  content: Markup;
  /** Address of the events that keep the page up to date. */
  events?: string;
  /** The page comes back by itself once the queue answers. */
  waitsForQueue?: boolean;
  /** The page is asked for again by itself until it has what it waits for. */
  isWaiting?: boolean;
}

/** A whole page for somebody. Scripts and styles are files of their own, so that the policy can forbid all others. */
export function layout(
  { title, place, content, events, waitsForQueue = false, isWaiting = false }: Page,
  visitor: Visitor,
): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="referrer" content="same-origin"><title>${title} · mammoflow</title>
${(waitsForQueue || isWaiting) && html`<noscript><meta http-equiv="refresh" content="5" /></noscript>`}
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/assets/dashboard.css">
<script src="/assets/dashboard.js" type="module"></script></head>
<body${events !== undefined && html` data-events="${events}"`}${waitsForQueue && html` data-waits-for-queue`}${isWaiting && html` data-is-waiting`}>
<a class="skip" href="#content">Skip to content</a>
<header class="masthead"><a class="name" href="/">mammoflow</a>
${visitor.person && navigation(place, visitor)}</header>
<main id="content">
<p class="notice trouble" id="trouble" role="alert" hidden></p>
${content}
</main>
<footer><p>${researchUse}</p></footer>
</body></html>
`.text;
}

/** Where the visitor may go, and who they are here. */
function navigation(place: Page["place"], visitor: Visitor): Markup {
  const link = (address: string, name: string, own?: Page["place"]): Markup =>
    html`<a href="${address}" ${own === place && html` aria-current="page"`}>${name}</a>`;
  return html`<nav aria-label="Dashboard">
      ${link("/", "Runs", "runs")}${visitorMay(visitor, "operate") && link("/start", "Start", "start")}${link("/queues/", "Queues")}${visitorMay(visitor, "audit") && link("/audit", "Audit", "audit")}
    </nav>
    ${whoIsHere(visitor)}`;
}

function whoIsHere(visitor: Visitor): Markup {
  const { person } = visitor;
  if (!person?.isSignedIn) return html`<p class="who">No login: only this machine reaches this page</p>`;
  return html`<form class="who" method="post" action="/logout">
    ${formToken(visitor)}<span>${person.name}, ${person.role}</span> <button>Sign out</button>
  </form>`;
}
