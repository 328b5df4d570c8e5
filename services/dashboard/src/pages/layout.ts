import { html, type Markup } from "../markup.ts";

export const researchUse = "Research use only. Human review required.";

export interface Page {
  title: string;
  /** The part of the dashboard that the page belongs to. */
  place: "runs" | "elsewhere";
  content: Markup;
  /** Address of the events that keep the page up to date. */
  events?: string;
  /** The page comes back by itself once the queue answers. */
  waitsForQueue?: boolean;
}

/** A whole page. Scripts and styles are files of their own, so that the policy can forbid all others. */
export function layout({ title, place, content, events, waitsForQueue = false }: Page): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${title} · mammoflow</title>
${waitsForQueue && html`<noscript><meta http-equiv="refresh" content="5" /></noscript>`}
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/assets/dashboard.css">
<script src="/assets/dashboard.js" type="module"></script></head>
<body${events !== undefined && html` data-events="${events}"`}${waitsForQueue && html` data-waits-for-queue`}>
<a class="skip" href="#content">Skip to content</a>
<header class="masthead"><a class="name" href="/">mammoflow</a>
<nav aria-label="Dashboard"><a href="/"${place === "runs" && html` aria-current="page"`}>Runs</a><a href="/queues/">Queues</a></nav></header>
<main id="content">
<p class="notice trouble" id="trouble" role="alert" hidden></p>
${content}
</main>
<footer><p>${researchUse}</p></footer>
</body></html>
`.text;
}
