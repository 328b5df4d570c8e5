import {
  decidedAtInWords,
  medianSeed,
  seedsInWords,
  seriesOf,
  variantInWords,
  type Series,
} from "../comparison/series.ts";
import { formatDuration, formatInterval, formatShare } from "../format.ts";
import { markup, type Content, type Markup } from "../markup.ts";
import { metricTitles, type MetricName } from "../metrics/binary-metrics.ts";
import { confusionMatrix } from "../plots/confusion-matrix.ts";
import { prPlot } from "../plots/pr-plot.ts";
import { reliabilityPlot } from "../plots/reliability-plot.ts";
import { rocPlot } from "../plots/roc-plot.ts";
import { lossPlot, validationAucPlot } from "../plots/training-plots.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";
import { calibrationTable, levelTable, operatingPointTable, subgroupTable, transferTable } from "./judgement-tables.ts";

/** In the order of interest: first what no threshold changes. */
const shownMetrics: MetricName[] = [
  "auc",
  "averagePrecision",
  "recallAtSpecificity90",
  "specificityAtRecall90",
  "f1",
  "f1Gain",
  "precision",
  "recall",
  "specificity",
  "balancedAccuracy",
  "mcc",
  "accuracy",
  "brier",
];

/** One card a model: its numbers, curves, confusion matrix and training; of several seeds the median one is drawn. */
export function modelsSection(summary: RunSummary): Markup | null {
  const all = seriesOf(summary);
  if (all.length === 0) return null;
  return markup`<section id="models"><h2>Models</h2>
<p class="lead">Numbers are per image; models decide ${decidedAtInWords(summary)}. A model that was trained with several seeds shows their mean; its drawings are those of the seed with the median AUC.</p>
${all.map(modelCard)}</section>`;
}

function modelCard(series: Series): Markup {
  const experiment = medianSeed(series);
  const { metrics, weights, epochs, chosenEpoch, chosenBecause, durationSeconds, judgement } = experiment;
  const last = epochs.length;
  const evaluated =
    last === 0
      ? ""
      : `, epoch ${chosenEpoch ?? last} of ${last}${chosenBecause === undefined ? "" : ` (${chosenBecause})`}`;
  const isMean = series.experiments.length > 1;
  const facts = [
    `weights ${weights.source} (${weights.licence})`,
    `evaluated on ${experiment.evaluatedOn}${evaluated}`,
    ...(isMean
      ? [`seeds ${series.experiments.map(({ seed }) => seed).join(", ")}; drawn: seed ${experiment.seed}`]
      : []),
    ...(durationSeconds === undefined ? [] : [`trained in ${formatDuration(durationSeconds)}`]),
  ];
  return markup`<article class="sheet model-card" id="${series.name}">
<header><h3>${experiment.backboneTitle}</h3><p class="chips">${[...variantInWords(experiment).split(", "), seedsInWords(series)].map((chip) => markup`<span>${chip}</span>`)}</p>
<p class="facts">${facts.join(" · ")}</p></header>
<div class="model-grid">
<table class="metrics"><tbody>${shownMetrics.map(
    (name) =>
      markup`<tr><th scope="row">${metricTitles[name]}</th><td>${formatShare(series.metrics[name].value)}${spread(series, name)}</td><td class="interval-text">${formatInterval(series.metrics[name], " to ")}</td></tr>`,
  )}</tbody></table>
${figure("ROC", rocPlot(metrics))}
${figure("Precision and recall", prPlot(metrics))}
${figure(`Decisions at ${formatShare(metrics.threshold)}`, confusionMatrix(metrics.confusion))}
${figure(markup`Loss <span class="key second">training</span> <span class="key">validation</span>`, lossPlot(experiment))}
${figure("Validation AUC", validationAucPlot(experiment))}
${judgement?.levels[0] ? figure("Reliability", reliabilityPlot(judgement.levels[0].calibration)) : null}
</div>${judgement && judged(judgement)}</article>`;
}

function spread({ metrics }: Series, name: MetricName): Markup | null {
  const { sd } = metrics[name];
  return sd === null ? null : markup` <small>±${formatShare(sd)}</small>`;
}

function judged(judgement: NonNullable<Experiment["judgement"]>): Markup {
  const [image] = judgement.levels;
  return markup`<details><summary>Operating points, levels and calibration</summary>${operatingPointTable(judgement)}${levelTable(judgement)}${image ? calibrationTable(image.calibration) : null}</details>
${judgement.subgroups.length === 0 && judgement.transfer === null ? null : markup`<details><summary>Subgroups</summary>${judgement.transfer && transferTable(judgement.transfer)}${subgroupTable(judgement.subgroups)}</details>`}`;
}

function figure(caption: Content, drawing: Markup | null): Markup | null {
  return drawing && markup`<figure><figcaption>${caption}</figcaption>${drawing}</figure>`;
}
