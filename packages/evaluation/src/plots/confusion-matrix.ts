import { formatCount, formatPercent } from "../format.ts";
import type { Confusion } from "../metrics/binary-metrics.ts";
import { markup, type Markup } from "../markup.ts";

/** Truth in rows, decision in columns; each cell with its count and its share of the row, shaded by that share. */
export function confusionMatrix(confusion: Confusion): Markup {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = confusion;
  const benign = trueNegatives + falsePositives;
  const malignant = truePositives + falseNegatives;
  return markup`<table class="confusion"><thead><tr><td></td><th scope="col">called benign</th><th scope="col">called malignant</th></tr></thead>
<tbody><tr><th scope="row">benign</th>${cell(trueNegatives, benign, "rightly passed")}${cell(falsePositives, benign, "false alarm")}</tr>
<tr><th scope="row">malignant</th>${cell(falseNegatives, malignant, "missed")}${cell(truePositives, malignant, "found")}</tr></tbody></table>`;
}

function cell(count: number, whole: number, meaning: string): Markup {
  const shade = whole === 0 ? 0 : count / whole;
  return markup`<td style="--share:${Math.round(shade * 100)}%"><strong>${formatCount(count)}</strong><span>${formatPercent(count, whole)}</span><small>${meaning}</small></td>`;
}
