import { z } from "zod";
import { at, rankRows } from "../metrics/ranking.ts";

const share = z.number().min(0).max(1);

/** How the threshold is chosen from which on a case counts as malignant. */
export const operatingRuleSchema = z.discriminatedUnion("kind", [
  /** The highest F1 on validation. */
  z.strictObject({ kind: z.literal("max-f1") }),
  /** The highest sensitivity + specificity on validation (Youden's J). */
  z.strictObject({ kind: z.literal("youden") }),
  /** The highest specificity among the thresholds that reach this sensitivity on validation. */
  z.strictObject({ kind: z.literal("sensitivity"), atLeast: share }),
  /** The highest sensitivity among the thresholds that reach this specificity on validation. */
  z.strictObject({ kind: z.literal("specificity"), atLeast: share }),
  /** Given, whatever validation says. */
  z.strictObject({ kind: z.literal("fixed"), threshold: share }),
]);
export type OperatingRule = z.infer<typeof operatingRuleSchema>;

/** A threshold with the rule that chose it and what it reached on the validation cases that it was chosen on. */
export const operatingPointSchema = z.strictObject({
  rule: operatingRuleSchema,
  /** A case counts as malignant when its probability is at least this. */
  threshold: share,
  /** Null where there are no validation cases; a share is null where it is undefined. */
  validation: z
    .strictObject({
      cases: z.number().int().positive(),
      positives: z.number().int().nonnegative(),
      recall: share.nullable(),
      specificity: share.nullable(),
      precision: share.nullable(),
      f1: share.nullable(),
    })
    .nullable(),
});
export type OperatingPoint = z.infer<typeof operatingPointSchema>;

export interface LabelledProbabilities {
  /** Of being malignant, 0..1. */
  probabilities: ArrayLike<number>;
  /** 0 benign, 1 malignant. */
  labels: ArrayLike<number>;
}

/**
 * Chooses the operating point on validation cases, where the test cases have no say in it. Of thresholds that are equally
 * good the strictest is taken. The thresholds looked at are the cases' own probabilities.
 *
 * @returns null where the cases cannot tell: there are none, one class is missing, or no threshold that calls a case
 *   malignant fulfils the rule
 * @throws EvaluationError when lengths differ or a value lies outside its range
 */
export function chooseOperatingPoint(validation: LabelledProbabilities, rule: OperatingRule): OperatingPoint | null {
  const counts = validation.labels.length === 0 ? null : countsByThreshold(validation);
  if (rule.kind === "fixed") {
    const reached = counts?.steps.findLast((step) => step.threshold >= rule.threshold) ?? { found: 0, alarms: 0 };
    return { rule, threshold: rule.threshold, validation: counts && figuresOf(counts, reached) };
  }
  if (counts === null || counts.positives === 0 || counts.negatives === 0) return null;
  let best: { step: Step; score: number } | null = null;
  for (const step of counts.steps) {
    const score = scoreOf(step, counts, rule);
    if (score !== null && (best === null || score > best.score)) best = { step, score };
  }
  return best && { rule, threshold: best.step.threshold, validation: figuresOf(counts, best.step) };
}

/** The rule in words, e.g. `highest F1`. */
export function ruleInWords(rule: OperatingRule): string {
  switch (rule.kind) {
    case "max-f1":
      return "highest F1";
    case "youden":
      return "highest sensitivity + specificity";
    case "sensitivity":
      return `sensitivity of at least ${rule.atLeast}`;
    case "specificity":
      return `specificity of at least ${rule.atLeast}`;
    case "fixed":
      return `fixed at ${rule.threshold}`;
  }
}

/** Cases that count as malignant from a threshold on: the malignant ones found, the false alarms. */
interface Step {
  threshold: number;
  found: number;
  alarms: number;
}

interface Counts {
  positives: number;
  negatives: number;
  /** Strictest threshold first. */
  steps: Step[];
}

function countsByThreshold({ probabilities, labels }: LabelledProbabilities): Counts {
  const ranking = rankRows(probabilities, labels);
  const steps: Step[] = [];
  let found = 0;
  for (let rank = 0; rank < ranking.rows; rank++) {
    found += at(ranking.labels, rank);
    if (ranking.closesTie[rank] === 1)
      steps.push({ threshold: at(ranking.probabilities, rank), found, alarms: rank + 1 - found });
  }
  return { positives: found, negatives: ranking.rows - found, steps };
}

/** Decimal shares such as .9 are not exact in binary; counts that are equal but for that are equal. */
const slack = 1e-9;

/** What the rule wants to be high; null where the step does not fulfil it. */
function scoreOf(step: Step, { positives, negatives }: Counts, rule: OperatingRule): number | null {
  const recall = step.found / positives;
  const specificity = 1 - step.alarms / negatives;
  switch (rule.kind) {
    case "max-f1":
      return (2 * step.found) / (step.found + step.alarms + positives);
    case "youden":
      return step.found * negatives - step.alarms * positives;
    case "sensitivity":
      return recall >= rule.atLeast - slack ? specificity : null;
    case "specificity":
      return specificity >= rule.atLeast - slack ? recall : null;
    case "fixed":
      return null;
  }
}

function figuresOf(
  { positives, negatives }: Counts,
  { found, alarms }: Pick<Step, "found" | "alarms">,
): NonNullable<OperatingPoint["validation"]> {
  const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  return {
    cases: positives + negatives,
    positives,
    recall: ratio(found, positives),
    specificity: ratio(negatives - alarms, negatives),
    precision: ratio(found, found + alarms),
    f1: positives === 0 ? null : (2 * found) / (found + alarms + positives),
  };
}
