import {
  decidedAtInWords,
  medianSeed,
  seedsInWords,
  seriesOf,
  variantInWords,
  type Series,
} from "../comparison/series.ts";
import { formatInterval, formatShare } from "../format.ts";
import { breakable, markup, type Markup } from "../markup.ts";
import type { Estimate } from "../metrics/binary-metrics.ts";
import { confusionMatrix } from "../plots/confusion-matrix.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";
import { modelAddress } from "./addresses.ts";
import { choiceAttributes, hasChoice } from "./comparison-choice.ts";
import { metricsTable } from "./metrics-table.ts";

/** One line a model, best mean AUC first; opened, its numbers over the seeds and the way to each seed's own page. */
export function modelsSection(summary: RunSummary): Markup | null {
  const all = seriesOf(summary);
  if (all.length === 0) return null;
  const attributesOf = choiceAttributes(summary);
  return markup`<section id="models"><h2>Models</h2>
<p class="lead">Numbers are per image; models decide ${decidedAtInWords(summary)}. A model that was trained with several seeds shows their mean. ${hasChoice(summary) && "What is chosen above the comparison is what is listed here. "}Curves, operating points, calibration, subgroups, training and the model card stand on the page of each trained model.</p>
${all.map((series) => modelLine(series, attributesOf(series.name)))}</section>`;
}

function modelLine(series: Series, attributes: Markup | null): Markup {
  const [first] = series.experiments;
  const { auc, f1 } = series.metrics;
  return markup`<details class="sheet model-line"${attributes}><summary><span class="who">${first.backboneTitle} <small>${breakable(variantInWords(first))}, ${seedsInWords(series)}</small></span>
${figure("AUC", auc)}${figure("F1", f1)}<span class="number"><small>Operating point</small> ${operatingPointOf(series)}</span></summary>
<div class="model-grid" id="${series.name}">${metricsTable(first.metrics, series.metrics)}
<div>${seedsTable(series)}
<figure><figcaption>Decisions at ${formatShare(medianSeed(series).metrics.threshold)}${series.experiments.length === 1 ? null : `, seed ${medianSeed(series).seed} (median AUC)`}</figcaption>${confusionMatrix(medianSeed(series).metrics.confusion)}</figure></div></div></details>`;
}

function figure(title: string, estimate: Estimate): Markup {
  return markup`<span class="number"><small>${title}</small> ${formatShare(estimate.value)} <small>${formatInterval(estimate, "–")}</small></span>`;
}

/** What validation chose per image; of several seeds the lowest and the highest. */
function operatingPointOf({ experiments }: Series): string {
  const thresholds = experiments.flatMap((experiment) => operatingPoint(experiment) ?? []).toSorted((a, b) => a - b);
  const [least, most] = [thresholds[0], thresholds.at(-1)];
  if (least === undefined || most === undefined) return "-";
  return least === most ? formatShare(least) : `${formatShare(least)}–${formatShare(most)}`;
}

const operatingPoint = ({ judgement }: Experiment): number | undefined =>
  judgement?.levels[0]?.operatingPoints[0]?.threshold;

/** Each trained model of a series, with the way to its own page. */
function seedsTable({ experiments }: Series): Markup {
  const number = (title: string, estimate: Estimate): Markup =>
    markup`<td data-label="${title}">${formatShare(estimate.value)}<small>${formatInterval(estimate, "–")}</small></td>`;
  return markup`<table class="figures"><thead><tr><th scope="col">Trained model</th><th scope="col">AUC</th><th scope="col">F1</th><th scope="col">Op. point</th></tr></thead>
<tbody>${experiments.map((experiment) => markup`<tr><th scope="row"><a href="${modelAddress(experiment.name)}">Seed ${experiment.seed}: its own page</a></th>${number("AUC", experiment.metrics.auc)}${number("F1", experiment.metrics.f1)}<td data-label="Op. point">${formatShare(operatingPoint(experiment) ?? null)}</td></tr>`)}</tbody></table>`;
}
