import type { BinaryMetrics } from "./binary-metrics.ts";
import { evaluateBinary, type EvaluationInput } from "./evaluate-binary.ts";

export type BaselineName = "always-benign" | "always-malignant" | "prevalence";

export interface Baseline {
  name: BaselineName;
  title: string;
  metrics: BinaryMetrics;
}

/**
 * What three rules reach that look at no image: every row benign, every row malignant, and the share of malignant rows as
 * the probability of each. Where malignant rows are few, the first is very accurate, the second has an F1 well above zero,
 * and the third a low Brier score; a model is worth something only above them.
 *
 * @param labels 0 benign, 1 malignant, one a row
 */
export function baselines(
  labels: ArrayLike<number>,
  options: Pick<EvaluationInput, "groups" | "seed" | "resamples"> = {},
): Baseline[] {
  const constant = (probability: number): BinaryMetrics =>
    evaluateBinary({ ...options, labels, probabilities: new Float64Array(labels.length).fill(probability) });
  const prevalence = Array.from(labels).filter((label) => label === 1).length / labels.length;
  return [
    { name: "always-benign", title: "Always benign", metrics: constant(0) },
    { name: "always-malignant", title: "Always malignant", metrics: constant(1) },
    { name: "prevalence", title: "The prevalence for all", metrics: constant(prevalence) },
  ];
}
