import { formatCount, formatShare } from "../format.ts";
import type { ExplainedImage, Explanations } from "./explanations.ts";

/** How the pictures are read. */
export const pictureKey =
  "Left the image, right the same under its map: from nothing over orange to the palest, its largest value. The thin line goes around all above half of that, the ring marks the hottest place, blue boxes are the readers' lesions.";

interface ErrorGallery {
  id: string;
  title: string;
  /** How many such errors there are. */
  lead: string;
  shown: ExplainedImage[];
}

/** The worst errors by kind. */
export function errorGalleries({ images, threshold, counts }: Explanations): ErrorGallery[] {
  const at = `at the threshold ${formatShare(threshold)}`;
  const lead = (count: number, what: string, shown: number): string =>
    count === 0
      ? `None of ${formatCount(counts.images)} test images is ${what} ${at}.`
      : `${formatCount(count)} of ${formatCount(counts.images)} test images ${count === 1 ? "is" : "are"} ${what} ${at}${shown < count ? `; the ${formatCount(shown)} worst are shown` : ""}.`;
  const falseNegatives = images.filter(({ label }) => label === 1);
  const falsePositives = images.filter(({ label }) => label === 0);
  return [
    {
      id: "false-negatives",
      title: "Worst false negatives",
      lead: lead(counts.falseNegatives, "malignant and called benign", falseNegatives.length),
      shown: falseNegatives,
    },
    {
      id: "false-positives",
      title: "Worst false positives",
      lead: lead(counts.falsePositives, "benign and called malignant", falsePositives.length),
      shown: falsePositives,
    },
  ];
}
