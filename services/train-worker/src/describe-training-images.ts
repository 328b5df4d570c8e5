import type { ManifestLine, TrainingImages } from "@mammoflow/jobs";
import { describeLikeness } from "@mammoflow/models";
import type { DividedImages } from "./divide-images.ts";
import type { Learnt } from "./learnt.ts";

/** Images that are enough for means and deviations, and for a quantile; more would take longer where every layer was trained. */
const most = { training: 2000, validation: 1000 };

/** What a model's training images were like, so that who asks it later is told of an image that is unlike them. */
export async function describeTrainingImages(
  manifest: readonly ManifestLine[],
  { training, validation }: DividedImages,
  { likeness }: Pick<Learnt, "likeness">,
): Promise<TrainingImages> {
  const lines = training.flatMap((place) => manifest[place] ?? []);
  const views: Record<string, number> = {};
  for (const { viewPosition } of lines) if (viewPosition !== null) views[viewPosition] = (views[viewPosition] ?? 0) + 1;
  const sides = lines.flatMap(({ heightPx, widthPx }) =>
    heightPx === null || widthPx === null ? [] : [Math.max(heightPx, widthPx)],
  );
  return {
    images: lines.length,
    views: Object.fromEntries(Object.entries(views).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    longerSidePx:
      sides.length === lines.length && sides.length > 0
        ? { least: sides.reduce((a, b) => Math.min(a, b)), most: sides.reduce((a, b) => Math.max(a, b)) }
        : null,
    likeness: describeLikeness(
      likeness.of,
      await likeness.rows(evenly(training, most.training)),
      await likeness.rows(evenly(validation, most.validation)),
    ),
  };
}

/** At most so many, from beginning to end at equal distances. */
function evenly(places: readonly number[], count: number): number[] {
  if (places.length <= count) return [...places];
  return Array.from({ length: count }, (_, index) => places[Math.floor((index * places.length) / count)] ?? 0);
}
