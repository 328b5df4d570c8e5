import { formatCount } from "./format.ts";
import { smallGroup } from "./judgement/subgroups.ts";
import type { RunSummary } from "./run-summary.ts";

/** What nobody may overlook; it stands on the first screen of every document. */
export const researchUseOnly =
  "Research use only. Not a medical device: it must not be used for diagnosis, screening or triage, and a qualified reader must review every result.";

export const intendedUse =
  "Research: comparing ways to tell benign from malignant mammograms, and teaching about them.";
export const notIntended = "Diagnosis, screening, triage, second reading, or anything that touches a patient's care.";

/** What a model's answers cannot say, whatever its numbers are. */
export function limitsOfAnswers({
  isSynthetic,
  labelRule,
}: Pick<RunSummary["dataset"], "isSynthetic" | "labelRule">): string[] {
  return [
    ...(isSynthetic ? [trainedOnPhantoms] : []),
    truthOf(labelRule),
    "How it does at another hospital, on another maker's device or in another population than it was judged on is not known.",
    "Calibrated probabilities follow how often validation images were malignant, and no other population.",
    "A map shows what the network weighs, not where a lesion is; without a map of heat it can be right, and with one wrong.",
  ];
}

const trainedOnPhantoms = "The images are generated phantoms. No number here says anything about mammograms.";

const truthOf = (labelRule: RunSummary["dataset"]["labelRule"]): string =>
  "truth" in labelRule
    ? labelRule.truth
    : `The truth is the readers' BI-RADS assessment (${labelRule.malignantFrom} and up counts as malignant), not a biopsy and not what became of the patient.`;

/** What this run's numbers cannot say: the limits that always hold, those that follow from its facts, then its own. */
export function limitsOf(summary: RunSummary): string[] {
  const { labelRule, isSynthetic } = summary.dataset;
  const intervals = summary.experiments[0]?.metrics.bootstrap ?? summary.baselines[0]?.metrics.bootstrap;
  const small = smallTestSet(summary);
  const drawnUnit =
    intervals?.unit === "group"
      ? "Whole patients (studies, where patients are not known) are resampled, because their images are not independent"
      : "Single rows are resampled, as if images of one patient were independent, so the intervals may be too narrow";
  return [
    ...(isSynthetic ? [trainedOnPhantoms] : []),
    ...(small === null ? [] : [`The test set is small: ${small}`]),
    truthOf(labelRule),
    ...(labelRule.rows === "findings"
      ? ["A row is a finding: an image with several findings counts several times."]
      : []),
    `${originOf(summary)}. How the models do at another hospital, on another maker's device or in another population is not known.`,
    ...(intervals === undefined || intervals.resamples === 0
      ? []
      : [
          `Intervals are 95 % bootstrap percentile intervals over ${intervals.resamples} resamples. ${drawnUnit}. They do not include the chance of training (the spread over seeds shows it, where there are several), the choice of the threshold, or the choice of the best model. Where many numbers stand side by side, one interval in twenty misses by chance: only what is called shown is corrected for how many there are.`,
        ]),
    "The probabilities order the images; under sampling or a weighted loss they are not the probability of cancer. Calibrated ones (`calibrated` in `predictions.csv`) follow how often validation images are malignant, and no other population.",
    ...summary.limits,
  ];
}

/** Of a test set with too few patients of either kind for any number to say much, as in a small group; null of a larger one. */
export function smallTestSet({ experiments }: RunSummary): string | null {
  const patients = experiments[0]?.judgement?.levels.find(({ level }) => level === "patient");
  if (!patients) return null;
  const { cases, positives } = patients;
  if (Math.min(positives, cases - positives) >= smallGroup) return null;
  return `${formatCount(cases)} patients, ${formatCount(positives)} of them with a malignant image. With fewer than ${smallGroup} of either kind every number says little, and its interval is too narrow.`;
}

/** One data set, or the sources that the test images tell apart. */
function originOf({ dataset, experiments }: RunSummary): string {
  const [judgement] = experiments.flatMap((experiment) => experiment.judgement ?? []);
  const sources = judgement?.subgroups.find(({ column }) => column === "source")?.groups ?? [];
  return sources.length > 1
    ? `The test images come from ${sources.length} sources (${sources.map(({ value }) => value).join(", ")})`
    : `All images come from one data set (${dataset.name})`;
}

/** "BI-RADS 3 and up is malignant; BI-RADS 0, 6 left out; one row per image." */
export function labelRuleInWords(rule: RunSummary["dataset"]["labelRule"]): string {
  const row = `one row per ${rule.rows === "images" ? "image" : "finding"}`;
  if ("malignantWhere" in rule) return `Malignant where ${rule.malignantWhere}; ${row}.`;
  const leftOut = rule.excludeBirads.length === 0 ? "" : ` BI-RADS ${rule.excludeBirads.join(", ")} left out;`;
  return `BI-RADS ${rule.malignantFrom} and up is malignant;${leftOut} ${row}.`;
}
