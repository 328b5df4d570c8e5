import { formatEstimate, formatShare } from "../format.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";
import { byAuc, clearedBaselines } from "./comparison-rows.ts";

/** How the best model stands against the rules that look at no image. */
export interface Judgement {
  standing: "clears-both" | "clears-auc" | "clears-f1" | "clears-none" | "no-model";
  best: Experiment | null;
  headline: string;
  sentences: string[];
}

/**
 * Compares the best model with the baselines, in plain words.
 *
 * "Best" is the highest AUC, because AUC does not depend on the threshold. A model clears a baseline where the whole 95 %
 * interval lies above it: AUC above .5, and F1 above that of calling every row malignant (both on the same resamples).
 */
export function judge(summary: RunSummary): Judgement {
  const best = byAuc(summary.experiments)[0] ?? null;
  if (best === null)
    return {
      standing: "no-model",
      best,
      headline: "No model was trained in this run",
      sentences: ["There is nothing to compare with the rules that look at no image."],
    };
  const { metrics } = best;
  const cleared = clearedBaselines(metrics);
  const standing =
    cleared.length === 2
      ? "clears-both"
      : cleared[0] === "AUC"
        ? "clears-auc"
        : cleared[0] === "F1"
          ? "clears-f1"
          : "clears-none";
  const baseline = (name: string): string =>
    formatShare(
      summary.baselines.find((row) => row.name === name)?.metrics[name === "always-benign" ? "accuracy" : "f1"].value ??
        null,
    );
  const among =
    summary.experiments.length === 1
      ? "the only experiment"
      : `the best AUC of ${summary.experiments.length} experiments`;
  const sentences = [
    `${titleOf(best)}, ${among}, reaches an AUC of ${formatEstimate(metrics.auc)}, where chance is 0.500, and an F1 of ${formatEstimate(metrics.f1)}, where calling every row malignant reaches ${baseline("always-malignant")}.`,
    conclusions[standing],
    `Its accuracy is ${formatShare(metrics.accuracy.value)}; calling every row benign reaches ${baseline("always-benign")}, so accuracy alone says little here.`,
  ];
  if (summary.experiments.length > 1)
    sentences.push("Being the best of several on the same rows makes its numbers somewhat optimistic.");
  if (summary.dataset.isSynthetic)
    sentences.push(
      "The images are synthetic phantoms: these numbers show that the pipeline works, and nothing about mammograms.",
    );
  return { standing, best, headline: headlines[standing], sentences };
}

/** The judgement as one paragraph, for terminals and logs. */
export function verdict(summary: RunSummary): string {
  const { headline, sentences } = judge(summary);
  return [`${headline}.`, ...sentences].join(" ");
}

const titleOf = (experiment: Experiment): string =>
  `${experiment.backboneTitle} (${experiment.strategy}, seed ${experiment.seed})`;

const headlines: Record<Exclude<Judgement["standing"], "no-model">, string> = {
  "clears-both": "The best model is better than both trivial rules",
  "clears-auc": "The best model ranks better than chance, but its decisions are not shown to be better",
  "clears-f1": "The best model decides better than always malignant, but is not shown to rank better than chance",
  "clears-none": "No model is shown to be better than looking at no image",
};

const conclusions: Record<Exclude<Judgement["standing"], "no-model">, string> = {
  "clears-both": "Both intervals lie wholly above what looking at no image reaches.",
  "clears-auc": "The AUC's interval lies wholly above chance; the gain in F1 at this threshold may be nothing.",
  "clears-f1": "The gain in F1 lies wholly above zero; the AUC's interval includes chance.",
  "clears-none":
    "Neither interval lies wholly above what looking at no image reaches, so the difference may be chance.",
};
