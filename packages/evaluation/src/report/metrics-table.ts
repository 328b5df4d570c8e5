import type { SeedEstimate } from "../comparison/comparison.ts";
import { formatInterval, formatShare } from "../format.ts";
import { markup, type Markup } from "../markup.ts";
import { metricTitles, type BinaryMetrics, type Estimate, type MetricName } from "../metrics/binary-metrics.ts";
import { withoutLooking } from "../metrics/without-looking.ts";

/** In the order of interest: first what no threshold changes. */
const shownMetrics: MetricName[] = [
  "auc",
  "averagePrecision",
  "recallAtSpecificity90",
  "specificityAtRecall90",
  "f1",
  "f1Gain",
  "precision",
  "recall",
  "specificity",
  "balancedAccuracy",
  "mcc",
  "accuracy",
  "brier",
];

/** Every metric with its interval, its spread over seeds where there are several, and what looking at no image reaches. */
export function metricsTable(
  { positives, rows }: Pick<BinaryMetrics, "positives" | "rows">,
  metrics: Readonly<Record<MetricName, Estimate & Partial<SeedEstimate>>>,
): Markup {
  const baseline = withoutLooking(positives, rows);
  return markup`<table class="metrics"><thead><tr><th scope="col">Metric</th><th scope="col">Value</th><th scope="col">95 % interval</th><th scope="col">Without looking</th></tr></thead>
<tbody>${shownMetrics.map((name) => {
    const { value, sd = null } = metrics[name];
    return markup`<tr><th scope="row">${metricTitles[name]}</th><td>${formatShare(value)}${sd === null ? null : markup` <small>±${formatShare(sd)}</small>`}</td><td class="interval-text">${formatInterval(metrics[name], " to ")}</td><td class="interval-text">${baseline[name] === null ? "any" : formatShare(baseline[name])}</td></tr>`;
  })}</tbody></table>`;
}
