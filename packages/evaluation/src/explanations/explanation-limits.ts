import type { Explanations } from "./explanations.ts";

/** What a heat map cannot say; it stands before any of them. */
export function explanationLimits({ method }: Pick<Explanations, "method">): string[] {
  return [
    "A map shows where a network's output comes from, not that the output is right, and not why. A good-looking map is no evidence of a correct decision, and a map on a lesion is no diagnosis.",
    "Maps can look plausible without anything having been learnt (Adebayo et al. 2018, Sanity Checks for Saliency Maps): so each score stands beside that of random heads and of a random network.",
    method === "grad-cam"
      ? "Grad-CAM is as coarse as the network's last stage: one cell covers a sixteenth to an eighth of the image's side at 256 px, often more than a lesion. Negative evidence is cut off, so an image may have no heat at all."
      : "Occlusion shows what the network does with a grey patch that no mammogram has; what two places show only together, it misses.",
    "Each map has its own scale, from nothing to its own largest value: colours cannot be compared between images.",
  ];
}
