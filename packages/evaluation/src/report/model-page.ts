import { clearedBaselines } from "../comparison/comparison-rows.ts";
import { variantInWords } from "../comparison/series.ts";
import { energyBasis, energyInWords } from "../energy-in-words.ts";
import { flattenSettings } from "../flatten-settings.ts";
import { formatCount, formatDuration, formatEstimate, formatPercent, formatShare } from "../format.ts";
import { smallTestSet } from "../limits.ts";
import { markup, type Content, type Markup } from "../markup.ts";
import { withoutLooking } from "../metrics/without-looking.ts";
import { confusionMatrix } from "../plots/confusion-matrix.ts";
import { prPlot } from "../plots/pr-plot.ts";
import { reliabilityPlot } from "../plots/reliability-plot.ts";
import { rocPlot } from "../plots/roc-plot.ts";
import { lossPlot, validationAucPlot } from "../plots/training-plots.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";
import { reportAddress } from "./addresses.ts";
import { limitsSection, propertyTable } from "./closing-sections.ts";
import {
  allSubgroupMetrics,
  calibrationTable,
  levelTable,
  operatingPointTable,
  smallGroupRemark,
  subgroupTable,
  transferTable,
} from "./judgement-tables.ts";
import { metricsTable } from "./metrics-table.ts";
import { folded, notices, renderPage } from "./page.ts";
import { treeDrawing } from "./tree-section.ts";

/**
 * All that is known of one trained model as a page of its own, `models/<experiment>/report.html` beside its model card: what the
 * run's report has no room for. The same summary gives the same bytes.
 */
export function renderModelPage(summary: RunSummary, experiment: Experiment): string {
  const { name, judgement, explanation, epochs } = experiment;
  const sections = [
    ["result", "Result", opening(summary, experiment)],
    ["limits", "Limits", limitsSection(summary)],
    ["numbers", "Numbers", numbersSection(experiment)],
    ["decisions", "Decisions", judgement ? decisionsSection(judgement) : null],
    ["subgroups", "Subgroups", judgement ? subgroupsSection(judgement) : null],
    ["training", "Training", epochs.length === 0 ? null : trainingSection(experiment)],
    [
      "tree",
      "Tree",
      explanation
        ? markup`<section id="tree"><h2>What the splits look at</h2><div class="sheet tree-card">${treeDrawing(explanation)}</div></section>`
        : null,
    ],
    ["configuration", "Configuration", configurationSection(experiment)],
  ] as const;
  const shown = sections.filter(([, , section]) => section !== null);
  return renderPage({
    title: `model ${name}`,
    sections: shown.map(([id, title]) => [id, title]),
    links: markup`<p class="links"><a href="${reportAddress}">Report of the run</a> <a href="model-card.md">Model card</a> <a href="data-sheet.md">Data sheet</a></p>`,
    content: shown.map(([, , section]) => markup`${section}\n`),
    footer: `Made by mammoflow ${summary.packageVersion} from run ${summary.runId}.`,
  });
}

function opening(summary: RunSummary, experiment: Experiment): Markup {
  const { backboneTitle, seed, metrics, evaluatedOn } = experiment;
  const cleared = clearedBaselines(metrics);
  const { f1, accuracy } = withoutLooking(metrics.positives, metrics.rows);
  const units = metrics.bootstrap.unit === "group" ? ` of ${formatCount(metrics.bootstrap.units)} patients` : "";
  return markup`<section class="opening" id="result">
${notices(summary.dataset.isSynthetic ? "The numbers show that the pipeline works, and nothing about mammograms." : null, smallTestSet(summary))}
<h1>${backboneTitle}</h1><p class="chips">${[...variantInWords(experiment).split(", "), `seed ${seed}`].map((chip) => markup`<span>${chip}</span>`)}</p>
<div class="verdict"><p>On ${evaluatedOn} (${formatCount(metrics.rows)} rows${units}, ${formatPercent(metrics.positives, metrics.rows)} malignant) it reaches an AUC of ${formatEstimate(metrics.auc)}, where chance is 0.500, and an F1 of ${formatEstimate(metrics.f1)}, where calling every row malignant reaches ${formatShare(f1)}. Its accuracy is ${formatEstimate(metrics.accuracy)}, where the better constant answer reaches ${formatShare(accuracy)}.</p>
<p>${cleared.length === 0 ? "It is not shown to be better than the rules that look at no image." : `Taken by itself, the interval of its ${cleared.join(" and ")} lies wholly above what looking at no image reaches.`} This is one training: the <a href="${reportAddress}">run's report</a> sets it beside the others, over all seeds and corrected for their number.</p></div></section>`;
}

function numbersSection(experiment: Experiment): Markup {
  const { metrics, judgement } = experiment;
  return markup`<section id="numbers"><h2>Numbers</h2><p class="lead">Per image, decided at ${formatShare(metrics.threshold)}. Without looking: the best of calling all malignant, calling all benign, and giving all the prevalence.</p>
<div class="sheet model-grid">${metricsTable(metrics, metrics)}
${figure("ROC", rocPlot(metrics))}
${figure("Precision and recall", prPlot(metrics))}
${figure(`Decisions at ${formatShare(metrics.threshold)}`, confusionMatrix(metrics.confusion))}
${judgement?.levels[0] ? figure(markup`Reliability <span class="key">as given</span> <span class="key second">slope and intercept</span>`, reliabilityPlot(judgement.levels[0].calibration)) : null}</div></section>`;
}

function decisionsSection(judgement: NonNullable<Experiment["judgement"]>): Markup {
  const [image] = judgement.levels;
  return markup`<section id="decisions"><h2>Decisions</h2>
<p class="lead">Thresholds are chosen on validation patients and then tested; the first of each level is the model's operating point.</p>
<h3>Images, breasts and patients</h3><div class="sheet">${levelTable(judgement)}</div>
<h3>Operating points</h3><div class="sheet">${operatingPointTable(judgement)}</div>
${image ? markup`<h3>Calibration</h3><div class="sheet">${calibrationTable(image.calibration)}</div>` : null}</section>`;
}

function subgroupsSection({ subgroups, transfer }: NonNullable<Experiment["judgement"]>): Markup | null {
  if (subgroups.length === 0 && transfer === null) return null;
  return markup`<section id="subgroups"><h2>Subgroups</h2><p class="lead">Per image, at the operating point.</p>
${transfer && markup`<h3>Sources</h3><div class="sheet">${transferTable(transfer)}</div>`}
${
  subgroups.length === 0
    ? null
    : markup`<h3>By group</h3><div class="sheet">${subgroupTable(subgroups)}</div>
${folded("The other metrics by group", markup`<div class="sheet">${allSubgroupMetrics(subgroups)}</div>`)}`
}
<p class="remark">${smallGroupRemark}</p></section>`;
}

function trainingSection(experiment: Experiment): Markup {
  const { epochs, chosenEpoch, chosenBecause, durationSeconds } = experiment;
  const why = chosenBecause === undefined ? "" : `, ${chosenBecause}`;
  const time = durationSeconds === undefined ? "" : ` It took ${formatDuration(durationSeconds)}.`;
  return markup`<section id="training"><h2>Training</h2>
<p class="lead">Epoch ${chosenEpoch ?? epochs.length} of ${epochs.length} was taken${why}.${time}</p>
<div class="sheet model-grid">${figure(markup`Loss <span class="key second">training</span> <span class="key">validation</span>`, lossPlot(experiment))}
${figure("Validation AUC", validationAucPlot(experiment))}</div></section>`;
}

function configurationSection({ weights, configuration, hashes = {}, energy }: Experiment): Markup {
  return markup`<section id="configuration"><h2>Configuration</h2>
<div class="sheet">${propertyTable([
    [
      "weights",
      `${weights.source} (${weights.licence})${weights.sha256 === undefined ? "" : `, sha256 ${weights.sha256}`}`,
    ],
    ...flattenSettings(configuration),
    ...Object.entries(hashes).map(([what, hash]): [string, string] => [`hash of ${what}`, hash]),
    ...(energy ? [["energy", `${energyInWords(energy)}. ${energyBasis(energy)}`] as [string, string]] : []),
  ])}</div></section>`;
}

function figure(caption: Content, drawing: Markup | null): Markup | null {
  return drawing && markup`<figure><figcaption>${caption}</figcaption>${drawing}</figure>`;
}
