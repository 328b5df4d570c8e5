import type { BinaryMetrics, RocPoint } from "../metrics/binary-metrics.ts";
import { formatShare } from "../format.ts";
import { markup, type Markup } from "../markup.ts";
import { linePath, plot, shareAxis } from "./axes.ts";

/** The ROC curve with the line of chance, and the operating point that the decisions were made at. */
export function rocPlot(metrics: BinaryMetrics): Markup {
  const axes = {
    x: shareAxis("1 − specificity"),
    y: shareAxis("Sensitivity (recall)"),
    description: `ROC curve with an area of ${formatShare(metrics.auc.value)}`,
  };
  const { value: recall } = metrics.recall;
  const { value: specificity } = metrics.specificity;
  return plot(axes, ({ x, y }) => {
    const at = (point: RocPoint): [number, number] => [x(point.falsePositiveRate), y(point.truePositiveRate)];
    const curve = linePath(metrics.roc.map(at));
    return markup`${curve === "" ? null : markup`<path class="area" d="${curve}L${x(1)} ${y(0)}L${x(0)} ${y(0)}Z"/>`}
<path class="reference" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/><text class="note" x="${x(0.64)}" y="${y(0.56)}">chance</text>
${curve === "" ? null : markup`<path class="curve" d="${curve}"/>`}
${recall === null || specificity === null ? null : markup`<circle class="point" cx="${x(1 - specificity)}" cy="${y(recall)}" r="4.5"><title>Decisions at ${metrics.threshold}: sensitivity ${formatShare(recall)}, specificity ${formatShare(specificity)}</title></circle>`}`;
  });
}
