import { errorGalleries, pictureKey } from "../explanations/error-galleries.ts";
import { explainedFigure } from "../explanations/explained-figure.ts";
import { explanationLimits } from "../explanations/explanation-limits.ts";
import { explanationsVerdict, scoresTable } from "../explanations/scores-table.ts";
import { markup, type Markup } from "../markup.ts";
import type { RunSummary } from "../run-summary.ts";
import { modelAddress } from "./addresses.ts";
import { folded } from "./page.ts";

/** The worst errors of the best network, with what its maps look at; nothing where none was explained. */
export function errorsSection({ errors }: RunSummary): Markup | null {
  if (errors === undefined) return null;
  const { explanations, pictures } = errors;
  return markup`<section id="errors"><h2>Worst errors</h2>
<p class="lead">Of <a href="${modelAddress(explanations.experiment)}">${explanations.experiment}</a>. ${explanationsVerdict(explanations)}</p>
<ul>${explanationLimits(explanations)
    .slice(0, 2)
    .map((limit) => markup`<li>${limit}</li>`)}</ul>
${explanations.pointing && folded("How the maps score beside random ones", scoresTable(explanations))}
${errorGalleries(explanations).map(
  ({ title, lead, shown }) => markup`<h3>${title}</h3><p>${lead}</p>
${
  shown.length === 0
    ? null
    : folded(
        shown.length === 1 ? "The picture" : `The ${shown.length} pictures`,
        markup`<div class="gallery">${shown.map((image) => explainedFigure(image, pictures[image.picture] ?? "", explanations.threshold))}</div>`,
      )
}`,
)}
<p class="remark">${pictureKey} <code>mammoflow explain RUN/EXPERIMENT</code> shows more of them, larger, and of every model.</p></section>`;
}
