import type { Comparison } from "../comparison/comparison.ts";
import { rowTitle } from "../comparison/comparison-in-words.ts";
import { formatChance, formatInterval, formatShare } from "../format.ts";
import { breakable, markup, type Content, type Markup } from "../markup.ts";

const columns = ["auc", "averagePrecision", "f1", "recall", "specificity"] as const;
const titles = ["AUC", "Av. precision", "F1", "Recall", "Specificity"];

/**
 * Each row minus the reference, with the paired interval; then what the difference in AUC is worth.
 *
 * @param attributesOf further attributes of the element of a series' row
 */
export function differencesTable(
  { rows, reference, differences }: Comparison,
  attributesOf: (series: string) => Content = () => null,
): Markup {
  const [first] = rows;
  const name = rows[reference.row] ?? first;
  return markup`<table class="figures"><thead><tr><th scope="col">Minus ${name && rowTitle(name, rows)}</th>${titles.map((title) => markup`<th scope="col">${title}</th>`)}<th scope="col">p of AUC</th><th scope="col">p, Holm</th><th scope="col">p, DeLong</th></tr></thead>
<tbody>${differences.map(({ row, metrics, p, holm, delong }) => {
    const own = rows[row];
    return markup`<tr${own && attributesOf(own.name)}><th scope="row">${own && breakable(rowTitle(own, rows))}</th>${columns.map((column, index) => markup`<td data-label="${titles[index]}">${signed(metrics[column].value)}<small>${formatInterval(metrics[column], " to ")}</small></td>`)}
<td class="chance" data-label="p of AUC">${formatChance(p)}</td><td class="chance" data-label="p, Holm">${formatChance(holm)}</td><td class="chance" data-label="p, DeLong">${delong === null ? "-" : formatChance(delong.p)}</td></tr>`;
  })}</tbody></table>
<p class="remark">p is that of the paired bootstrap over patients, then corrected by Holm for all comparisons. DeLong's stands beside it by custom: it takes images of one patient for independent, knows one seed only, and is not corrected.</p>`;
}

const signed = (value: number | null): string => (value !== null && value > 0 ? "+" : "") + formatShare(value);
