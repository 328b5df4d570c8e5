import type { SeedEstimate } from "../comparison/comparison.ts";
import { formatInterval, formatShare } from "../format.ts";
import { breakable, markup, type Markup } from "../markup.ts";

export interface IntervalRow {
  title: string;
  subtitle: string;
  estimate: SeedEstimate;
  isBest: boolean;
}

/**
 * One line a model: the estimate as a dot, its interval as a bar, the lowest and the highest seed as rings, and a vertical line at what
 * looking at no image reaches.
 * Positions are percentages, so that the text keeps its size on every screen.
 */
export function intervalPlot(title: string, rows: IntervalRow[], reference: { value: number; title: string }): Markup {
  const values = rows.flatMap(({ estimate: { value, low, high, min: least, max: most } }) => [
    value,
    low,
    high,
    least,
    most,
  ]);
  const shown = [...values.filter((value) => value !== null), reference.value];
  const padding = 0.04;
  const min = Math.max(0, Math.floor((Math.min(...shown) - padding) * 20) / 20);
  const max = Math.min(1, Math.ceil((Math.max(...shown) + padding) * 20) / 20);
  const place = (value: number): string => `${Math.round(((value - min) / (max - min)) * 1000) / 10}%`;
  const line = markup`<line class="reference" x1="${place(reference.value)}" x2="${place(reference.value)}" y1="0" y2="100%"/>`;
  const trackOf = ({ estimate, isBest }: IntervalRow): Markup =>
    markup`<span class="lane${isBest ? " best" : ""}"><svg class="track" role="img" aria-label="${formatShare(estimate.value)}, interval ${formatInterval(estimate, " to ") || "not known"}">${line}
${estimate.low === null || estimate.high === null ? null : markup`<line class="whisker" x1="${place(estimate.low)}" x2="${place(estimate.high)}" y1="50%" y2="50%"/>`}
${[estimate.min, estimate.max].map((seed) => (seed === null ? null : markup`<circle class="seed" cx="${place(seed)}" cy="50%" r="3"/>`))}
${estimate.value === null ? null : markup`<circle class="estimate" cx="${place(estimate.value)}" cy="50%" r="4.5"/>`}</svg></span>`;
  return markup`<figure class="intervals"><figcaption>${title}</figcaption>
${rows.map((row) => markup`<div class="interval${row.isBest ? " best" : ""}"><span class="who">${row.title} <small>${breakable(row.subtitle)}</small></span>${trackOf(row)}<span class="number">${formatShare(row.estimate.value)}</span></div>`)}
<div class="interval scale"><span class="who"></span><span class="lane"><svg class="track" aria-hidden="true"><line class="reference" x1="${place(reference.value)}" x2="${place(reference.value)}" y1="0" y2="8"/><text class="tick" x="0" y="20">${formatShare(min, 2)}</text><text class="tick" x="100%" y="20" text-anchor="end">${formatShare(max, 2)}</text></svg></span><span class="number"></span></div>
<p class="reading"><span class="key-line" aria-hidden="true"></span> ${reference.title} ${formatShare(reference.value)}${rows.some(({ estimate }) => estimate.min !== null) ? markup` <span class="key-ring" aria-hidden="true"></span> the lowest and the highest seed` : null}</p></figure>`;
}
