import { researchUseOnly } from "../limits.ts";
import { markup, Markup, type Content } from "../markup.ts";
import { reportStyle } from "./report-style.ts";

export interface Page {
  /** After the program's name: what the page is of. */
  title: string;
  /** Table of contents: what stands on the page, by the id of the element. */
  sections?: readonly (readonly [id: string, title: string])[];
  /** Addresses beside the table of contents. */
  links?: Content;
  content: Content;
  footer: string;
  /** Rules that only this page needs. */
  style?: string;
}

/**
 * A self-contained HTML page: no script, no network, styles and drawings inside; readable on a phone, in the dark and on paper,
 * where everything that is folded stands open.
 */
export function renderPage({ title, sections = [], links, content, footer, style = "" }: Page): string {
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark"><title>mammoflow ${title}</title>
<style>${new Markup(reportStyle + style)}</style></head><body>
<header class="masthead"><p class="name">mammoflow <span>${title}</span></p>${links}</header>
${sections.length === 0 ? null : markup`<nav aria-label="Contents">${sections.map(([id, name]) => markup`<a href="#${id}">${name}</a>`)}</nav>`}
<main>
${content}
</main>
<footer><p>${footer} Research use only.</p></footer>
</body></html>
`.text;
}

/**
 * What nobody may overlook, before everything else.
 *
 * @param synthetic what images mean that are no mammograms; null where they are
 * @param small what a small test set means; null where it is not
 */
export function notices(synthetic: string | null, small: string | null = null): Markup {
  return markup`<p class="notice"><strong>Research use only.</strong>${researchUseOnly.replace("Research use only.", "")}</p>
${synthetic === null ? null : markup`<p class="notice synthetic"><strong>Synthetic phantoms.</strong> ${synthetic}</p>`}
${small === null ? null : markup`<p class="notice"><strong>A small test set.</strong> ${small}</p>`}`;
}

/** Content behind one line, which is all that shows before it is opened. */
export function folded(line: Content, content: Content, isOpen = false): Markup {
  return markup`<details${isOpen && markup` open`}><summary>${line}</summary>${content}</details>`;
}
