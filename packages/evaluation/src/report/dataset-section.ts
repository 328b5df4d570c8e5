import { formatCount } from "../format.ts";
import { labelRuleInWords } from "../limits.ts";
import { markup, type Markup } from "../markup.ts";
import { shareBars, type Share } from "../plots/share-bars.ts";
import type { RunSummary, SplitFacts } from "../run-summary.ts";

/** Class balance of each split, its BI-RADS and density where they are known, and what the recipe does to an image. */
export function datasetSection({ dataset, recipe, pictures }: RunSummary): Markup {
  return markup`<section id="data"><h2>Data</h2>
<p class="lead">${dataset.name}. ${labelRuleInWords(dataset.labelRule)}${dataset.madeSplit ? ` The split was made here, by seed ${dataset.madeSplit.seed}.` : ""}</p>
<div class="splits">${dataset.splits.map(splitCard)}</div>
${pictures.length === 0 ? null : pictureStrip(pictures, recipe)}</section>`;
}

function splitCard(facts: SplitFacts): Markup {
  return markup`<article class="sheet split"><h3>${facts.split}</h3>
<p class="counts">${formatCount(facts.studies)} studies, ${formatCount(facts.images)} images, ${formatCount(facts.rows)} rows</p>
${shareBars(
  [
    { title: "benign", count: facts.benign },
    { title: "malignant", count: facts.malignant },
  ],
  "balance",
)}
${sharesUnder("BI-RADS", facts.birads)}
${sharesUnder("Breast density", facts.density)}</article>`;
}

/** Nothing where the data set does not say. */
function sharesUnder(title: string, counts: Record<string, number>): Markup | null {
  if (Object.keys(counts).length === 0) return null;
  return markup`<h4>${title}</h4>${shareBars(sharesOf(counts), "neutral")}`;
}

function pictureStrip(pictures: RunSummary["pictures"], recipe: RunSummary["recipe"]): Markup {
  return markup`<h3>Before and after the recipe <em>${recipe.name}</em></h3>
<div class="strip">${pictures.map(
    ({ caption, beforePng, afterPng }) =>
      markup`<figure class="before-after"><div>${image(beforePng, `${caption}, before`)}${image(afterPng, `${caption}, after`)}</div><figcaption>${caption}</figcaption></figure>`,
  )}</div>
<ol class="steps">${recipe.steps.map((step) => markup`<li>${step}</li>`)}</ol>`;
}

const sharesOf = (counts: Record<string, number>): Share[] =>
  Object.entries(counts)
    .map(([title, count]) => ({ title, count }))
    .toSorted((a, b) => (a.title < b.title ? -1 : 1));

const image = (png: string, alt: string): Markup => markup`<img src="data:image/png;base64,${png}" alt="${alt}">`;
