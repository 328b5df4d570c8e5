import type { BinaryMetrics } from "./binary-metrics.ts";
import { evaluateBinary, type EvaluationInput } from "./evaluate-binary.ts";

export type BaselineName = "always-benign" | "always-malignant";

export interface Baseline {
  name: BaselineName;
  title: string;
  metrics: BinaryMetrics;
}

/**
 * What two rules reach that look at no image: every row benign, every row malignant. Where malignant rows are few, the
 * first is very accurate and the second has an F1 well above zero; a model is worth something only above them.
 *
 * @param labels 0 benign, 1 malignant, one a row
 */
export function baselines(
  labels: ArrayLike<number>,
  options: Pick<EvaluationInput, "groups" | "seed" | "resamples"> = {},
): Baseline[] {
  const constant = (probability: number): BinaryMetrics =>
    evaluateBinary({ ...options, labels, probabilities: new Float64Array(labels.length).fill(probability) });
  return [
    { name: "always-benign", title: "Always benign", metrics: constant(0) },
    { name: "always-malignant", title: "Always malignant", metrics: constant(1) },
  ];
}
