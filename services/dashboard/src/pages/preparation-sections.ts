import { html, type Markup } from "../markup.ts";
import type { StudyFailure } from "../read-failures.ts";
import type { RunView } from "../run-view.ts";
import { formatCount, formatCounted } from "../words.ts";
import { reasonText, runAddress } from "./parts.ts";

/** The images that were prepared last. */
export function imagesSection({ progress, outcomes }: RunView): Markup {
  if (outcomes.images.length === 0) return html``;
  return html`<section aria-labelledby="images-title">
    <h2 id="images-title">Prepared images</h2>
    <p class="lead">What the models see${progress.state === "running" ? ", latest first" : ""}.</p>
    <ul class="strip">
      ${outcomes.images.map(({ studyId, imageId, view }) => {
        const address = `${runAddress(progress.runId)}/images/${encodeURIComponent(studyId)}/${encodeURIComponent(imageId)}.png`;
        return html`<li data-key="${address}">
          <a href="${address}"
            ><img
              src="${address}"
              alt="Prepared image ${imageId}${view && `, ${view},`} of study ${studyId}"
              width="256"
              height="256"
              loading="lazy" /></a
          >${view && html`<span aria-hidden="true">${view}</span>`}
        </li>`;
      })}
    </ul>
  </section>`;
}

/** The studies that failed, with reasons. */
export function failuresSection({ progress, outcomes }: RunView): Markup {
  const failed = progress.stages.find(({ stage }) => stage === "preprocess")?.failed ?? 0;
  if (failed === 0) return html``;
  const unshown = failed - outcomes.failures.length;
  return html`<section aria-labelledby="failures-title">
    <h2 id="failures-title">Failures</h2>
    <p class="lead">
      ${formatCounted(failed, "study", "studies")} of ${formatCount(progress.studies)} failed; the others go on without
      ${failed === 1 ? "it" : "them"}.
    </p>
    ${outcomes.failures.length > 0 && failuresTable(outcomes.failures, unshown)}
  </section>`;
}

function failuresTable(failures: StudyFailure[], unshown: number): Markup {
  return html`<div class="sheet">
    <table class="failures" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Study</th>
          <th role="columnheader" scope="col">Reason</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${failures.map(
          ({ studyId, reason }) =>
            html`<tr role="row">
              <th role="rowheader" scope="row" class="path">${studyId}</th>
              <td role="cell">${reasonText(reason)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${unshown > 0 && html`<p class="more">and ${formatCount(unshown)} more, in the run's <span class="path">shards/</span></p>`}
  </div>`;
}
