import { bestSeries, medianSeed, seedsInWords, seriesOf, variantInWords } from "../comparison/series.ts";
import { markup, type Markup } from "../markup.ts";
import { confusionMatrix } from "../plots/confusion-matrix.ts";
import { prPlot } from "../plots/pr-plot.ts";
import { rocPlot } from "../plots/roc-plot.ts";
import { formatShare } from "../format.ts";
import { reliabilityPlot } from "../plots/reliability-plot.ts";
import type { RunSummary } from "../run-summary.ts";
import {
  allSubgroupMetrics,
  calibrationTable,
  levelTable,
  operatingPointTable,
  smallGroupRemark,
  subgroupTable,
  transferOverview,
} from "./judgement-tables.ts";
import { folded } from "./page.ts";

/** How the best model decides: levels, operating points and calibration; null where it was not judged so far. */
export function decisionsSection(summary: RunSummary): Markup | null {
  const best = bestSeries(summary);
  if (!best) return null;
  const { judgement, metrics } = medianSeed(best);
  const [image] = judgement?.levels ?? [];
  if (!judgement || !image) return null;
  const whose = nameOfBest(summary);
  return markup`<section id="decisions"><h2>Decisions</h2>
<p class="lead">${whose}. Thresholds are chosen on validation patients and then tested; the first of each level is the model's operating point. Those of every other model stand on its own page.</p>
<div class="sheet model-grid">${drawing("ROC", rocPlot(metrics))}${drawing("Precision and recall", prPlot(metrics))}${drawing(`Decisions at ${formatShare(metrics.threshold)}`, confusionMatrix(metrics.confusion))}</div>
<h3>Images, breasts and patients</h3><div class="sheet">${levelTable(judgement)}</div>
<h3>Operating points</h3><div class="sheet">${operatingPointTable(judgement)}</div>
<h3>Calibration</h3>
<p class="lead">Whether images that are given a probability of .3 are malignant three times in ten. Corrections are fitted on validation and tested here; a temperature alone cannot undo the shift that a sampler or a weighted loss brings, slope and intercept can. The one applied gives the column calibrated of predictions.csv; AUC and decisions stay as they are, and thresholds stand on the probabilities as given.</p>
<div class="pair"><figure><figcaption>Reliability <span class="key">as given</span> <span class="key second">slope and intercept</span></figcaption>${reliabilityPlot(image.calibration)}</figure>
<div class="sheet">${calibrationTable(image.calibration)}</div></div></section>`;
}

/** Whether the best model is as good for everyone; null where nothing tells the images apart. */
export function subgroupsSection(summary: RunSummary): Markup | null {
  const best = bestSeries(summary);
  const judgement = best && medianSeed(best).judgement;
  const transfers = transferOverview(summary);
  if (!judgement || (judgement.subgroups.length === 0 && transfers === null)) return null;
  return markup`<section id="subgroups"><h2>Subgroups</h2>
<p class="lead">Per image.</p>
${
  transfers &&
  markup`<h3>Inside and outside the sources that a model learnt from</h3>${folded("Every model", markup`<div class="sheet">${transfers}</div>`, seriesOf(summary).length <= 12)}
<p class="remark">Test images of the sources that a model learnt from, beside those of other sources. Whatever else differs between the sources, such as their patients and their labels, is in the difference too.</p>`
}
${
  judgement.subgroups.length === 0
    ? null
    : markup`<h3>By group</h3><p class="lead">${nameOfBest(summary)}, at its operating point.</p><div class="sheet">${subgroupTable(judgement.subgroups)}</div>
${folded("The other metrics by group", markup`<div class="sheet">${allSubgroupMetrics(judgement.subgroups)}</div>`)}`
}
<p class="remark">${smallGroupRemark}</p></section>`;
}

const drawing = (caption: string, content: Markup): Markup =>
  markup`<figure><figcaption>${caption}</figcaption>${content}</figure>`;

function nameOfBest(summary: RunSummary): string {
  const best = bestSeries(summary);
  if (!best) return "";
  const { backboneTitle, seed } = medianSeed(best);
  const which =
    best.experiments.length === 1
      ? seedsInWords(best)
      : `seed ${seed}, the median of ${best.experiments.length} by AUC`;
  return `${backboneTitle} (${variantInWords(best.experiments[0])}, ${which}), the best AUC of this run`;
}
