import type { Study } from "../dataset.ts";
import type { Note } from "./issues.ts";

const standardViews = ["L-CC", "L-MLO", "R-CC", "R-MLO"];

/** Notes studies that lack a standard view; further views are fine, and a view that is not known may be any. */
export function checkStudies(studies: Study[], note: Note): void {
  for (const { studyId, images } of studies) {
    if (images.some(({ laterality, viewPosition }) => laterality === null || viewPosition === null)) continue;
    const views = new Set(images.map(({ laterality, viewPosition }) => `${laterality}-${viewPosition}`));
    const missing = standardViews.filter((view) => !views.has(view));
    if (missing.length > 0) note("STUDY_INCOMPLETE", { example: `${studyId}: no ${missing.join(", no ")}` });
  }
}
