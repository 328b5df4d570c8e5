import type { BinaryMetrics } from "../metrics/binary-metrics.ts";
import { formatShare } from "../format.ts";
import { markup, type Markup } from "../markup.ts";
import { linePath, plot, shareAxis } from "./axes.ts";

/** The precision-recall curve, drawn in steps as average precision sums it, with the line of the prevalence. */
export function prPlot(metrics: BinaryMetrics): Markup {
  const prevalence = metrics.positives / metrics.rows;
  const axes = {
    x: shareAxis("Recall (sensitivity)"),
    y: shareAxis("Precision"),
    description: `Precision-recall curve with an average precision of ${formatShare(metrics.averagePrecision.value)}; prevalence ${formatShare(prevalence)}`,
  };
  const { value: recall } = metrics.recall;
  const { value: precision } = metrics.precision;
  return plot(axes, ({ x, y }) => {
    const steps = metrics.pr.flatMap((point, index): [number, number][] => {
      const before = metrics.pr[index - 1]?.recall ?? 0;
      return [
        [x(before), y(point.precision)],
        [x(point.recall), y(point.precision)],
      ];
    });
    // The note stands where the curve is least likely to be: over the line, or under it when the line is high.
    const noteY = prevalence > 0.85 ? y(prevalence) + 14 : y(prevalence) - 6;
    return markup`${steps.length === 0 ? null : markup`<path class="curve" d="${linePath(steps)}"/>`}
<path class="reference" d="M${x(0)} ${y(prevalence)}L${x(1)} ${y(prevalence)}"/><text class="note" x="${x(0) + 5}" y="${noteY}">prevalence ${formatShare(prevalence)}</text>
${recall === null || precision === null ? null : markup`<circle class="point" cx="${x(recall)}" cy="${y(precision)}" r="4.5"><title>Decisions at ${metrics.threshold}: recall ${formatShare(recall)}, precision ${formatShare(precision)}</title></circle>`}`;
  });
}
