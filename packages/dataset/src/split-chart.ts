/** Bar charts that set a data set's two splits side by side. */
import { splits, type Split } from "./dataset.ts";
import type { DatasetStatistics, SplitStatistics } from "./describe-dataset.ts";
import { capitalised, percent, shownNames, thousands } from "./format-statistics.ts";

interface SplitChart {
  title: string;
  note: string;
  bars: { name: string; counts: Record<Split, number>; isMalignant: boolean }[];
  totals: Record<Split, number>;
}

/** Class, BI-RADS, density and groups such as the machine, as far as the data set knows them. */
export function chartsOf({ splits: bySplit, total, labelRule }: DatasetStatistics): SplitChart[] {
  const totals = { training: bySplit.training.images, test: bySplit.test.images };
  const chart = (
    { title, note }: Pick<SplitChart, "title" | "note">,
    countsOf: (split: SplitStatistics) => Record<string, number>,
    nameFor: (name: string) => string = (name) => name,
    isMalignant: (name: string) => boolean = () => false,
  ): SplitChart => ({
    title,
    note,
    bars: shownNames(countsOf(total)).map((name) => ({
      name: name === "unknown" ? "not given" : nameFor(name),
      counts: { training: countsOf(bySplit.training)[name] ?? 0, test: countsOf(bySplit.test)[name] ?? 0 },
      isMalignant: isMalignant(name),
    })),
    totals,
  });
  const malignantFrom = "malignantFrom" in labelRule ? labelRule.malignantFrom : Infinity;
  const charts = [
    chart(
      { title: "Class", note: "Images by class" },
      ({ images, malignantImages }) => ({ benign: images - malignantImages, malignant: malignantImages }),
      (name) => name,
      (name) => name === "malignant",
    ),
    chart(
      { title: "BI-RADS", note: "Images by assessment" },
      ({ birads }) => birads,
      (name) => `BI-RADS ${name}`,
      (name) => Number(name) >= malignantFrom,
    ),
    chart(
      { title: "Breast density", note: "Images by density" },
      ({ density }) => density,
      (name) => `density ${name}`,
    ),
    ...Object.keys(total.groups).map((name) =>
      chart({ title: capitalised(name), note: `Images by ${name}` }, ({ groups }) => groups[name] ?? {}),
    ),
  ];
  return charts.filter(({ bars }) => bars.length > 0);
}

const layout = { width: 560, nameWidth: 172, valueWidth: 118, barHeight: 13, gap: 14, top: 4 };

/** @returns a `figure` with an inline SVG: for each name one bar for each split, as long as its share of the split. */
export function renderSplitChart({ title, note, bars, totals }: SplitChart): string {
  const { width, nameWidth, valueWidth, barHeight, gap, top } = layout;
  const room = width - nameWidth - valueWidth;
  const shareOf = (bar: SplitChart["bars"][number], split: Split) => bar.counts[split] / Math.max(totals[split], 1);
  const largest = Math.max(...bars.flatMap((bar) => splits.map((split) => shareOf(bar, split))), 1e-9);
  const groupHeight = splits.length * (barHeight + 2) + gap;
  const height = top + bars.length * groupHeight;
  const marks = bars.map((bar, index) => {
    const y = top + index * groupHeight;
    const rects = splits.map((split, place) => {
      const length = Math.max((shareOf(bar, split) / largest) * room, bar.counts[split] > 0 ? 1.5 : 0);
      const barY = y + place * (barHeight + 2);
      const kind = `${split}${bar.isMalignant ? " malignant" : ""}`;
      return `<rect class="${kind}" x="${nameWidth}" y="${barY}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>
<text class="value" x="${(nameWidth + length + 6).toFixed(1)}" y="${barY + barHeight - 2.5}">${thousands(bar.counts[split])} · ${percent(bar.counts[split], totals[split])}</text>`;
    });
    return `<text x="${nameWidth - 10}" y="${y + barHeight + 5}" text-anchor="end">${escapeHtml(bar.name)}</text>${rects.join("")}`;
  });
  return `<figure>
<figcaption><b>${escapeHtml(title)}</b> ${escapeHtml(note)}, share of each split: <span class="legend"><i class="training"></i> training <i class="test"></i> test</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`${title}: ${note} and split`)}">${marks.join("\n")}</svg>
</figure>`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
