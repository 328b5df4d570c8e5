import { sidesInWords, type Explanation, type TreeNode } from "../explanation.ts";
import { formatCount, formatPercent, formatShare } from "../format.ts";
import { markup, type Markup } from "../markup.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";

/** Features that are shown; the rest is counted. */
const shownFeatures = 12;

/** The trees over named image features: the single ones drawn node by node, the boosted ones by what they look at. */
export function treeSection({ experiments }: RunSummary): Markup | null {
  const explained = experiments.flatMap((experiment) =>
    experiment.explanation === undefined ? [] : [{ experiment, explanation: experiment.explanation }],
  );
  if (explained.length === 0) return null;
  return markup`<section id="trees"><h2>Trees that can be read</h2>
<p class="lead">Models that look at named numbers about each image (size, density, brightness, texture, bright spots, asymmetry) instead of at its pixels. They need no graphics card and no pre-trained weights, and show how far one comes without a network. Counts are training rows.</p>
${explained.map(({ experiment, explanation }) => treeCard(experiment, explanation))}</section>`;
}

function treeCard({ name, backboneTitle, strategy, metrics }: Experiment, explanation: Explanation): Markup {
  const { tree, trees, importance } = explanation;
  const kind = tree === undefined ? `${formatCount(trees)} boosted trees` : "one tree";
  return markup`<article class="sheet tree-card"><header><h3>${backboneTitle}: ${kind}</h3>
<p class="facts">${name} · strategy ${strategy} · AUC ${formatShare(metrics.auc.value)} on the test images</p></header>
${tree === undefined ? null : markup`<ol class="tree">${nodeItem(tree, "All images")}</ol>`}
${importance.length === 0 ? null : importanceBars(importance)}</article>`;
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

/** Indented by little enough that four levels can be read on a phone. */
export const treeStyle = `
.tree-card { padding: 20px 24px 24px; margin: 20px 0; } .tree-card h3 { margin: 0; }
.tree, .tree ol, .importance { list-style: none; margin: 0; padding: 0; } .tree { margin-top: 16px; }
.tree ol { margin-left: 10px; padding-left: 14px; border-left: 2px solid var(--line); }
.tree li { max-width: 46em; margin: 8px 0 0; break-inside: avoid; } .tree .node { padding: 8px 12px 10px; border: 1px solid var(--line); border-radius: 8px; }
.tree p { margin: 0; line-height: 1.35; font-weight: 600; } .tree .count { font-weight: 400; color: var(--muted); font-size: 0.88rem; font-variant-numeric: tabular-nums; margin-bottom: 4px; }
.tree svg, .importance svg { display: block; } .tree .fill { fill: var(--warm); }
.importance { max-width: 46em; } .importance li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px 12px; margin: 8px 0 0; font-size: 0.92rem; max-width: none; } .importance .number { font-variant-numeric: tabular-nums; } .importance svg { grid-column: 1 / -1; } .importance .fill { fill: var(--accent); }
@media screen and (max-width: 900px) { .tree-card { padding: 16px 14px; } .tree ol { margin-left: 4px; padding-left: 8px; } }
`;
