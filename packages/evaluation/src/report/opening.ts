import { seedsInWords, seriesOf, variantInWords } from "../comparison/series.ts";
import { reachVerdict } from "../comparison/verdict.ts";
import { formatCount, formatInterval, formatPercent, formatShare } from "../format.ts";
import { smallTestSet } from "../limits.ts";
import { markup, type Markup } from "../markup.ts";
import type { Estimate } from "../metrics/binary-metrics.ts";
import { intervalPlot, type IntervalRow } from "../plots/interval-plot.ts";
import { protocolInWords } from "../protocol-in-words.ts";
import type { RunSummary } from "../run-summary.ts";
import { notices } from "./page.ts";

/** Models that the first screen draws; the comparison has all of them. */
const drawnModels = 12;

/** The first screen: what came out, in plain words, and how sure that is. */
export function opening(summary: RunSummary): Markup {
  const { headline, sentences, best, standing } = reachVerdict(summary);
  return markup`<section class="opening ${standing}" id="result">
${notices(summary.dataset.isSynthetic ? "The numbers show that the pipeline works, and nothing about mammograms." : null, smallTestSet(summary))}
<h1>${headline}</h1>
<div class="verdict">${sentences.map((sentence) => markup`<p>${sentence}</p>`)}</div>
${tiles(summary)}
${methods(summary)}
${best === null ? null : intervalPlots(summary, best.name)}
</section>`;
}

/** By which settings; a breast's probability is made the same way for all models. */
function methods({ protocol, recipe, experiments }: RunSummary): Markup | null {
  const aggregation = experiments[0]?.judgement?.aggregation;
  if (protocol === undefined) return null;
  return markup`<p class="remark"><strong>Protocol</strong> ${protocolInWords(protocol)}. Recipe ${recipe.name}.${aggregation && ` A breast's probability is the ${aggregation === "mean" ? "mean" : "maximum"} over its views.`}</p>`;
}

function tiles(summary: RunSummary): Markup {
  const { best } = reachVerdict(summary);
  const first = best?.experiments[0];
  const { submitted, failed } = summary.preprocessing;
  const alwaysMalignant = summary.baselines.find(({ name }) => name === "always-malignant")?.metrics.f1.value ?? null;
  const withInterval = (title: string, estimate: Estimate, baseline: string): Markup => {
    const interval = formatInterval(estimate, "–");
    return tile(
      title,
      formatShare(estimate.value),
      `${interval === "" ? "too few rows for an interval" : `95 %: ${interval}`}; ${baseline}`,
    );
  };
  return markup`<dl class="tiles">
${best === null ? null : [withInterval("AUC of the best", best.metrics.auc, "chance 0.500"), withInterval("F1 of the best", best.metrics.f1, `always malignant ${formatShare(alwaysMalignant)}`)]}
${first === undefined ? null : tile(`Evaluated on ${first.evaluatedOn}`, `${formatCount(first.metrics.rows)} rows`, `${first.metrics.bootstrap.unit === "group" ? `of ${formatCount(first.metrics.bootstrap.units)} patients; ` : ""}${formatPercent(first.metrics.positives, first.metrics.rows)} malignant`)}
${tile("Preprocessed", `${formatCount(summary.preprocessing.completed)} studies`, `of ${formatCount(submitted)}; ${failed === 0 ? "none failed" : `${formatCount(failed)} failed`}`)}
</dl>`;
}

const tile = (title: string, value: string, note: string): Markup =>
  markup`<div class="tile"><dt>${title}</dt><dd><strong>${value}</strong><span>${note}</span></dd></div>`;

function intervalPlots(summary: RunSummary, bestName: string): Markup {
  const rows = (name: "auc" | "f1"): IntervalRow[] =>
    seriesOf(summary)
      .slice(0, drawnModels)
      .map((series) => ({
        title: series.experiments[0].backboneTitle,
        subtitle: `${variantInWords(series.experiments[0])}, ${seedsInWords(series)}`,
        estimate: series.metrics[name],
        isBest: series.name === bestName,
      }));
  const alwaysMalignant = summary.baselines.find(({ name }) => name === "always-malignant")?.metrics.f1.value ?? null;
  const { length } = seriesOf(summary);
  const which = length > drawnModels ? `, the ${drawnModels} best AUCs of ${length} models` : "";
  return markup`<div class="pair">${intervalPlot(`AUC, with its 95 % interval${which}`, rows("auc"), { value: 0.5, title: "chance" })}
${alwaysMalignant === null ? null : intervalPlot(`F1, with its 95 % interval${which}`, rows("f1"), { value: alwaysMalignant, title: "calling every row malignant" })}</div>`;
}
