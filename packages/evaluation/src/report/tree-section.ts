import { sidesInWords, type Explanation, type TreeNode } from "../explanation.ts";
import { medianSeed, seedsInWords, seriesOf } from "../comparison/series.ts";
import { formatCount, formatEstimate, formatPercent } from "../format.ts";
import { markup, type Markup } from "../markup.ts";
import type { RunSummary } from "../run-summary.ts";
import { folded } from "./page.ts";

/** Features that are shown; the rest is counted. */
const shownFeatures = 12;

/** The trees over named image features, of each model that of the median seed: the single ones node by node, the boosted ones by what they look at. */
export function treeSection(summary: RunSummary): Markup | null {
  const explained = seriesOf(summary).flatMap((series) => {
    const experiment = medianSeed(series);
    return experiment.explanation === undefined ? [] : [{ series, experiment, explanation: experiment.explanation }];
  });
  if (explained.length === 0) return null;
  return markup`<section id="trees"><h2>Trees that can be read</h2>
<p class="lead">Models that look at named numbers about each image (size, density, brightness, texture, bright spots, asymmetry) instead of at its pixels. They need no graphics card and no pre-trained weights, and show how far one comes without a network. Counts are training rows.</p>
${explained.map(({ series, experiment, explanation }) =>
  folded(
    `${explanation.tree === undefined ? `${formatCount(explanation.trees)} boosted ${explanation.trees === 1 ? "tree" : "trees"}` : "One tree"}, strategy ${experiment.strategy}, ${seedsInWords(series)}: AUC ${formatEstimate(series.metrics.auc)}`,
    markup`<div class="sheet tree-card">${treeDrawing(explanation)}</div>`,
  ),
)}</section>`;
}

/** A single tree node by node, then what the splits look at. */
export function treeDrawing({ tree, importance }: Explanation): Markup {
  return markup`${tree === undefined ? null : markup`<ol class="tree">${nodeItem(tree, "All images")}</ol>`}
${importance.length === 0 ? null : importanceBars(importance)}`;
}

/** A node with its share of malignant rows as a bar, and its two branches below it. */
function nodeItem({ rows, malignant, split }: TreeNode, words: string): Markup {
  const share = rows === 0 ? 0 : Math.round((1000 * malignant) / rows) / 10;
  const sides = split && sidesInWords(split);
  return markup`<li><div class="node"><p>${words}</p>
<p class="count">${formatCount(malignant)} of ${formatCount(rows)} malignant (${formatPercent(malignant, rows)})</p>
<svg height="8" width="100%" aria-hidden="true"><rect class="rail" width="100%" height="8" rx="3"/><rect class="fill" width="${share}%" height="8" rx="3"/></svg></div>${
    split && sides ? markup`<ol>${nodeItem(split.below, sides.below)}${nodeItem(split.above, sides.above)}</ol>` : null
  }</li>`;
}

function importanceBars(importance: Explanation["importance"]): Markup {
  const most = importance[0]?.share ?? 1;
  const rest = importance.slice(shownFeatures);
  return markup`<h4>What the splits look at (part of all gain)</h4><ol class="importance">${importance
    .slice(0, shownFeatures)
    .map(
      ({ feature, share }) =>
        markup`<li><span>${feature.title}</span><span class="number">${formatPercent(share, 1)}</span>
<svg height="8" width="100%" aria-hidden="true"><rect class="rail" width="100%" height="8" rx="3"/><rect class="fill" width="${Math.round((1000 * share) / most) / 10}%" height="8" rx="3"/></svg></li>`,
    )}</ol>${
    rest.length === 0
      ? null
      : markup`<p class="facts">${formatCount(rest.length)} further features share ${formatPercent(
          rest.reduce((sum, { share }) => sum + share, 0),
          1,
        )}.</p>`
  }`;
}
