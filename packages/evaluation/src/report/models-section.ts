import { byAuc } from "../comparison/comparison-rows.ts";
import { formatDuration, formatInterval, formatShare } from "../format.ts";
import { markup, type Content, type Markup } from "../markup.ts";
import { confusionMatrix } from "../plots/confusion-matrix.ts";
import { prPlot } from "../plots/pr-plot.ts";
import { rocPlot } from "../plots/roc-plot.ts";
import { lossPlot, validationAucPlot } from "../plots/training-plots.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";

const metricTitles = [
  ["auc", "AUC"],
  ["averagePrecision", "Average precision"],
  ["f1", "F1"],
  ["f1Gain", "F1 above always malignant"],
  ["precision", "Precision"],
  ["recall", "Recall (sensitivity)"],
  ["specificity", "Specificity"],
  ["accuracy", "Accuracy"],
  ["brier", "Brier score (less is better)"],
] as const;

/** One card a model: its numbers, curves, confusion matrix and training. */
export function modelsSection(summary: RunSummary): Markup | null {
  if (summary.experiments.length === 0) return null;
  return markup`<section id="models"><h2>Models</h2>${byAuc(summary.experiments).map(modelCard)}</section>`;
}

function modelCard(experiment: Experiment): Markup {
  const { metrics, weights, epochs, chosenEpoch, durationSeconds } = experiment;
  const evaluated = chosenEpoch === undefined || chosenEpoch === epochs.length ? "last epoch" : `epoch ${chosenEpoch}`;
  const facts = [
    `weights ${weights.source} (${weights.licence})`,
    `evaluated on ${experiment.evaluatedOn}, ${evaluated} of ${epochs.length}`,
    ...(durationSeconds === undefined ? [] : [`trained in ${formatDuration(durationSeconds)}`]),
  ];
  return markup`<article class="sheet model-card" id="${experiment.name}">
<header><h3>${experiment.backboneTitle}</h3><p class="chips"><span>${experiment.strategy}</span><span>${experiment.part}</span><span>seed ${experiment.seed}</span></p>
<p class="facts">${facts.join(" · ")}</p></header>
<div class="model-grid">
<table class="metrics"><tbody>${metricTitles.map(
    ([name, title]) =>
      markup`<tr><th scope="row">${title}</th><td>${formatShare(metrics[name].value)}</td><td class="interval-text">${formatInterval(metrics[name], " to ")}</td></tr>`,
  )}</tbody></table>
${figure("ROC", rocPlot(metrics))}
${figure("Precision and recall", prPlot(metrics))}
${figure(`Decisions at ${metrics.threshold}`, confusionMatrix(metrics.confusion))}
${figure(markup`Loss <span class="key second">training</span> <span class="key">validation</span>`, lossPlot(experiment))}
${figure("Validation AUC", validationAucPlot(experiment))}
</div></article>`;
}

function figure(caption: Content, drawing: Markup | null): Markup | null {
  return drawing && markup`<figure><figcaption>${caption}</figcaption>${drawing}</figure>`;
}
