import type { PrPoint, RocPoint } from "./binary-metrics.ts";
import { at, type Ranking } from "./ranking.ts";

/**
 * The operating points of a ranking, strictest threshold first. Points on a straight line between their neighbours are
 * left out of the ROC curve, and points that differ only in false positives out of the precision-recall curve: neither
 * changes its shape. A curve that needs a class which is absent is empty.
 */
export function operatingPoints(ranking: Ranking): { roc: RocPoint[]; pr: PrPoint[] } {
  const steps: { threshold: number; positives: number; negatives: number }[] = [];
  let positives = 0;
  let negatives = 0;
  for (let rank = 0; rank < ranking.rows; rank++) {
    if (ranking.labels[rank] === 1) positives++;
    else negatives++;
    if (ranking.closesTie[rank] === 1) steps.push({ threshold: at(ranking.probabilities, rank), positives, negatives });
  }
  const roc: RocPoint[] = [];
  if (positives > 0 && negatives > 0) {
    roc.push({ threshold: null, falsePositiveRate: 0, truePositiveRate: 0 });
    let before = { positives: 0, negatives: 0 };
    steps.forEach((step, index) => {
      const after = steps[index + 1];
      const isOnLine =
        after !== undefined &&
        (step.positives - before.positives) * (after.negatives - step.negatives) ===
          (after.positives - step.positives) * (step.negatives - before.negatives);
      if (isOnLine) return;
      before = step;
      roc.push({
        threshold: step.threshold,
        falsePositiveRate: step.negatives / negatives,
        truePositiveRate: step.positives / positives,
      });
    });
  }
  const pr = steps
    .filter((step, index) => {
      const found = step.positives;
      return (
        positives > 0 &&
        (index === 0 ||
          index === steps.length - 1 ||
          found !== steps[index - 1]?.positives ||
          found !== steps[index + 1]?.positives)
      );
    })
    .map((step) => ({
      threshold: step.threshold,
      recall: step.positives / positives,
      precision: step.positives / (step.positives + step.negatives),
    }));
  return { roc, pr };
}
