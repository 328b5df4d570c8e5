import { markup, type Markup } from "../markup.ts";
import { notices, renderPage } from "../report/page.ts";
import { errorGalleries, pictureKey } from "./error-galleries.ts";
import { explainedFigure } from "./explained-figure.ts";
import { explanationLimits } from "./explanation-limits.ts";
import type { ExplainedImage, Explanations } from "./explanations.ts";
import { explanationsVerdict, scoresTable } from "./scores-table.ts";

const methodTitles = { "grad-cam": "Grad-CAM", occlusion: "Occlusion" } as const;

/**
 * Explained images as one self-contained HTML page: limits first, then scores, then pictures. No script, no network.
 *
 * @param pictures PNG in base64 by the name that the explanations give it
 */
export function renderExplanations(explanations: Explanations, pictures: ReadonlyMap<string, string>): string {
  const { runId, experiment, method, isSynthetic, threshold, images } = explanations;
  const scores = scoresTable(explanations);
  const gallery = (shown: readonly ExplainedImage[]): Markup =>
    markup`<div class="gallery">${shown.map((image) => explainedFigure(image, pictures.get(image.picture) ?? "", threshold))}</div>`;
  return renderPage({
    title: `explanations of ${experiment}, run ${runId}`,
    content: markup`<section class="opening">
${notices(isSynthetic ? "The maps show that the pipeline works, and nothing about mammograms." : null)}
<h1>What the model looks at</h1>
<div class="verdict"><p>${methodTitles[method]} maps of the evidence for malignancy. ${explanationsVerdict(explanations)}</p></div></section>
<section id="limits"><h2>Limits</h2><ul>${explanationLimits(explanations).map((limit) => markup`<li>${limit}</li>`)}</ul></section>
${scores === null ? null : markup`<section id="scores"><h2>Are the maps right?</h2>${scores}</section>`}
${
  explanations.choice === "asked"
    ? markup`<section id="images"><h2>Images</h2><p class="lead">${pictureKey}</p>${gallery(images)}</section>`
    : errorGalleries(explanations).map(
        ({ id, title, lead, shown }) =>
          markup`<section id="${id}"><h2>${title}</h2><p class="lead">${lead} ${shown.length > 0 ? pictureKey : null}</p>${gallery(shown)}</section>`,
      )
}`,
    footer: `Made by mammoflow from run ${runId}.`,
  });
}
