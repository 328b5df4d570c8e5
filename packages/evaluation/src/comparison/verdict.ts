import { formatEstimate, formatShare } from "../format.ts";
import { smallTestSet } from "../limits.ts";
import type { RunSummary } from "../run-summary.ts";
import { clearedBaselines } from "./comparison-rows.ts";
import { bestSeries, seedsInWords, seriesOf, variantInWords, type Series } from "./series.ts";

/** How the best model stands against the rules that look at no image. */
export interface Verdict {
  standing: "clears-both" | "clears-auc" | "clears-f1" | "clears-none" | "no-model";
  best: Series | null;
  headline: string;
  sentences: string[];
}

/**
 * Compares the best model with the baselines, in plain words.
 *
 * "Best" is the highest AUC, because AUC does not depend on the threshold, and with several seeds their mean: never the
 * luckiest of them. A model clears a baseline where the whole 95 % interval lies above it: AUC above .5, and F1 above that
 * of calling every row malignant (both on the same resamples). The best of several was picked on these rows, so its intervals
 * are widened for their number first (Bonferroni).
 */
export function reachVerdict(summary: RunSummary): Verdict {
  const all = seriesOf(summary);
  const best = bestSeries(summary);
  if (best === undefined)
    return {
      standing: "no-model",
      best: null,
      headline: "No model was trained in this run",
      sentences: ["There is nothing to compare with the rules that look at no image."],
    };
  const { metrics } = best;
  const cleared = clearedBaselines(metrics, all.length);
  const standing =
    cleared.length === 2
      ? "clears-both"
      : cleared[0] === "AUC"
        ? "clears-auc"
        : cleared[0] === "F1"
          ? "clears-f1"
          : "clears-none";
  const baseline = (name: string, metric: "accuracy" | "f1"): string =>
    formatShare(summary.baselines.find((row) => row.name === name)?.metrics[metric].value ?? null);
  const among = all.length === 1 ? "the only model" : `the best AUC of ${all.length} models`;
  const others = all.filter((one) => one !== best && clearedBaselines(one.metrics, all.length).length > 0).length;
  const isMean = best.experiments.length > 1;
  const sentences = [
    `${titleOf(best)}, ${among}, reaches ${isMean ? "a mean" : "an"} AUC of ${formatEstimate(metrics.auc)}, where chance is 0.500, and ${isMean ? "a mean" : "an"} F1 of ${formatEstimate(metrics.f1)}, where calling every row malignant reaches ${baseline("always-malignant", "f1")}.`,
    conclusions[standing] +
      (all.length === 1
        ? ""
        : ` It is the best of ${all.length} on the same rows, which makes its numbers somewhat optimistic; what is called shown holds with intervals that are widened for ${all.length} models (Bonferroni).`),
    ...(standing === "clears-none" && others > 0
      ? [
          `${others === 1 ? "One other model is" : `${others} other models are`} shown to lie above that in AUC or F1; the comparison says which.`,
        ]
      : []),
    `Its accuracy is ${formatEstimate(metrics.accuracy)}; calling every row benign reaches ${baseline("always-benign", "accuracy")}, so accuracy alone says little here.`,
    isMean && metrics.auc.sd !== null
      ? `Over its seeds the AUC goes from ${formatShare(metrics.auc.min)} to ${formatShare(metrics.auc.max)} (standard deviation ${formatShare(metrics.auc.sd)}).`
      : "It was trained with one seed: what another training would bring is not known.",
  ];
  if (summary.dataset.isSynthetic)
    sentences.push(
      "The images are synthetic phantoms: these numbers show that the pipeline works, and nothing about mammograms.",
    );
  const headline =
    standing === "clears-none" && others > 0
      ? "The model with the best AUC is not shown to be better than looking at no image"
      : headlines[standing];
  return { standing, best, headline, sentences };
}

/** The verdict as one paragraph, for terminals and logs. */
export function verdict(summary: RunSummary): string {
  const { headline, sentences } = reachVerdict(summary);
  const small = smallTestSet(summary);
  return [`${headline}.`, ...sentences, ...(small === null ? [] : [`The test set is small: ${small}`])].join(" ");
}

const titleOf = (series: Series): string =>
  `${series.experiments[0].backboneTitle} (${variantInWords(series.experiments[0])}, ${seedsInWords(series)})`;

const headlines: Record<Exclude<Verdict["standing"], "no-model">, string> = {
  "clears-both": "The best model is better than both trivial rules",
  "clears-auc": "The best model ranks better than chance, but its decisions are not shown to be better",
  "clears-f1": "The best model decides better than always malignant, but is not shown to rank better than chance",
  "clears-none": "No model is shown to be better than looking at no image",
};

const conclusions: Record<Exclude<Verdict["standing"], "no-model">, string> = {
  "clears-both": "Both are shown to lie above what looking at no image reaches.",
  "clears-auc": "The AUC is shown to lie above chance; the gain in F1 at this threshold may be nothing.",
  "clears-f1": "The gain in F1 is shown to lie above zero; the AUC may be that of chance.",
  "clears-none": "Neither is shown to lie above what looking at no image reaches: the difference may be chance.",
};
