import { html, prose } from "../markup.ts";
import type { Visitor } from "../visitor.ts";
import { layout } from "./layout.ts";

/** A page that says one thing: what is wrong, and what to do. */
export function messagePage(
  { title, sentence, waitsForQueue = false }: { title: string; sentence: string; waitsForQueue?: boolean },
  visitor: Visitor,
): string {
  return layout(
    {
      title,
      place: "elsewhere",
      waitsForQueue,
      content: html`<h1>${title}</h1>
        <p class="lead">${prose(sentence)}</p>
        <p>${waitsForQueue ? html`<a href="">Try again now</a>` : html`<a href="/">To the list of runs</a>`}</p>`,
    },
    visitor,
  );
}
