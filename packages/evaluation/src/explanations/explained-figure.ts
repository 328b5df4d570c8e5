import { formatPercent, formatShare } from "../format.ts";
import { markup, type Markup } from "../markup.ts";
import type { ExplainedImage } from "./explanations.ts";

/** An image beside its overlay, with what the model said and where its map lies. */
export function explainedFigure(image: ExplainedImage, png: string, threshold: number): Markup {
  const called = image.probability >= threshold ? "malignant" : "benign";
  const truth = image.label === 1 ? "malignant" : "benign";
  const title = `${truth}, called ${called}`;
  return markup`<figure class="explained"><img src="data:image/png;base64,${png}" alt="${viewOf(image)}, ${title}: the image, and under its heat map" loading="lazy" decoding="async">
<figcaption><strong>${title}</strong> at ${formatShare(image.probability)} · ${viewOf(image)}
<small>${lookedAt(image)}</small><small><code>${image.imageId}</code></small></figcaption></figure>`;
}

function viewOf({ laterality, viewPosition, birads }: ExplainedImage): string {
  const view = [laterality, viewPosition].filter((part) => part !== null).join("-");
  return [view === "" ? "view not given" : view, ...(birads === null ? [] : [`BI-RADS ${birads}`])].join(", ");
}

/** What the map looks at, in words. */
function lookedAt({ hasHeat, heatInBreast, heatInBoxes, breastInBoxes, isHit }: ExplainedImage): string {
  const percent = (share: number): string => formatPercent(share, 1);
  const inBoxes = isHit === null ? "" : isHit ? ", in or next to a lesion box" : ", away from the lesion boxes";
  if (!hasHeat)
    return `Nothing in the image speaks for malignancy; the ring is where least speaks against it${inBoxes}.`;
  if (heatInBoxes === null || breastInBoxes === null) return `${percent(heatInBreast)} of the heat lies in the breast.`;
  return `${percent(heatInBreast)} of the heat lies in the breast, ${percent(heatInBoxes)} in the lesion boxes, which take ${percent(breastInBoxes)} of the breast. The hottest place lies ${isHit ? "in or next to" : "away from"} them.`;
}
