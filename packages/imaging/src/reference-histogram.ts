import { decodeFrame } from "./decode-frame.ts";
import { openImage } from "./image-source.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import type { MatchStep, Recipe } from "./recipe.ts";
import { runSteps } from "./run-steps.ts";
import { matchReference } from "./steps/match.ts";

/**
 * What a `match` step carries of its reference: the distribution of grey levels in an image, taken through the steps that
 * come before the match.
 *
 * @param before the recipe up to the match, without it
 * @param source the name of the file, for messages
 * @throws DicomError when the file cannot be decoded
 */
export async function referenceHistogram(
  bytes: Uint8Array,
  before: Recipe,
  source: string,
): Promise<MatchStep["reference"]> {
  const opened = await openImage(bytes, source);
  const kernels = loadKernels();
  return matchReference(runSteps(await decodeFrame(opened, kernels), opened, before, kernels).image);
}
