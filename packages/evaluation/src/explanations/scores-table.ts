import { formatCount, formatInterval, formatPercent, formatShare } from "../format.ts";
import { markup, type Markup } from "../markup.ts";
import type { Estimate } from "../metrics/binary-metrics.ts";
import type { Explanations, PointingScores, RemovalScores } from "./explanations.ts";

/** Whether the maps can be believed, in a sentence that the intervals bear out. */
export function explanationsVerdict({ pointing }: Pick<Explanations, "pointing">): string {
  if (pointing === null)
    return "No malignant test image has a lesion box, so whether the maps point at lesions cannot be said.";
  const isAbove = ({ low }: Estimate): boolean => low !== null && low > 0;
  if (!isAbove(pointing.hitsAboveChance))
    return "The maps are not shown to point at lesions more often than a random place in the breast does.";
  if (!isAbove(pointing.hitsAboveRandomHead))
    return "The maps point at lesions more often than a random place in the breast, but not shown to do so more often than maps of heads that have learnt nothing: what they show may come from the backbone alone.";
  return "The maps point at lesions more often than a random place in the breast, and more often than maps of heads that have learnt nothing.";
}

/** Every score above what is reached without looking. */
export function scoresTable({ pointing, removal }: Pick<Explanations, "pointing" | "removal">): Markup | null {
  if (pointing === null) return null;
  return markup`<div class="sheet"><table class="scores">
<thead><tr><th scope="col">Score</th><th scope="col">Value</th><th scope="col">95 % interval</th></tr></thead>
${pointingRows(pointing)}${removal === null ? null : removalRows(removal)}</table></div>
<p class="remark">${basis(pointing, removal)}</p>`;
}

function pointingRows(scores: PointingScores): Markup {
  return markup`${group("The hottest place lies in a lesion box (pointing game)", [
    ["of this model's maps", scores.hits],
    ["of a random place in the breast", scores.chance],
    ["of the middle of the breast", scores.centreHits],
    ["of maps of heads with random weights", scores.randomHeadHits],
    ["of maps of a network with random weights throughout", scores.randomNetworkHits],
    ["difference to the random place", scores.hitsAboveChance],
    ["difference to the random heads", scores.hitsAboveRandomHead],
  ])}${group("Share of the heat within the boxes", [
    ["of this model's maps", scores.heatInBoxes],
    ["of evenly spread heat", scores.breastInBoxes],
    ["of maps of heads with random weights", scores.randomHeadHeatInBoxes],
  ])}`;
}

function removalRows({ deletion, insertion }: RemovalScores): Markup {
  const rows = ({ map, baseline, difference }: RemovalScores["deletion"]): [string, Estimate][] => [
    ["hottest cells first", map],
    ["cells in random order", baseline],
    ["difference", difference],
  ];
  return markup`${group("Deletion: area under the probability as cells are taken away (less is better)", rows(deletion))}${group("Insertion: area under the probability as cells are given back (more is better)", rows(insertion))}`;
}

function group(title: string, rows: [string, Estimate][]): Markup {
  return markup`<tbody><tr class="group"><th scope="rowgroup" colspan="3">${title}</th></tr>
${rows.map(
  ([name, estimate], index) =>
    markup`<tr${index === 0 ? markup` class="own"` : null}><th scope="row">${name}</th><td>${formatShare(estimate.value)}</td><td>${formatInterval(estimate, " to ")}</td></tr>`,
)}</tbody>`;
}

function basis(
  { images, available, patients, withoutHeat, resamples, toleranceShare }: PointingScores,
  removal: RemovalScores | null,
): string {
  const drawn = images === available ? "all of them" : `drawn from ${formatCount(available)}`;
  const curves =
    removal === null
      ? ""
      : ` Deletion and insertion over ${formatCount(removal.images)} of these images, each cell a sixteenth of the image's side.`;
  return `Over ${formatCount(images)} malignant test images with lesion boxes (${drawn}) of ${formatCount(patients)} patients, who are resampled ${formatCount(resamples)} times for the intervals; a box is hit from ${formatPercent(toleranceShare, 1)} of the image's side outside it. ${withoutHeat === 0 ? "Every map has heat." : `In ${formatCount(withoutHeat)} of these images nothing speaks for malignancy; their hottest place is where least speaks against it.`}${curves}`;
}
