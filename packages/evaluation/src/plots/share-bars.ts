import { formatCount, formatPercent } from "../format.ts";
import { markup, type Markup } from "../markup.ts";

export interface Share {
  title: string;
  count: number;
}

/** Bars from a common zero, one a category, each with its count and percentage. */
export function shareBars(shares: Share[], kind: "neutral" | "balance"): Markup {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  const width = (count: number): string => `${total === 0 ? 0 : Math.round((count / total) * 1000) / 10}%`;
  return markup`<div class="bars ${kind}">${shares.map(
    ({ title, count }) =>
      markup`<div class="bar"><span class="what">${title}</span><svg height="12" aria-hidden="true"><rect class="rail" width="100%" height="12" rx="3"/><rect class="fill" width="${width(count)}" height="12" rx="3"/></svg><span class="number">${formatCount(count)} <small>${formatPercent(count, total)}</small></span></div>`,
  )}</div>`;
}
