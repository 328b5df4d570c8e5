/** Annotation files of small data sets in VinDr-Mammo's layout, for tests that bend them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const breastLevelHeader =
  "study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,breast_density,split";
export const findingHeader =
  "study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,breast_density,finding_categories,finding_birads,xmin,ymin,xmax,ymax,split";

/** One line of `breast-level_annotations.csv`. */
export interface AnnotationLine {
  study: string;
  image: string;
  series?: string;
  side?: string;
  view?: string;
  birads?: string;
  density?: string;
  split?: string;
}

export function annotationLine(line: AnnotationLine): string {
  const { study, image, series = `${study}-s`, side = "L", view = "CC" } = line;
  const { birads = "BI-RADS 1", density = "DENSITY C", split = "training" } = line;
  return [study, series, image, side, view, 3518, 2800, birads, density, split].join(",");
}

/** Two studies in each split, one malignant image in each. */
export const soundLines: string[] = [
  annotationLine({ study: "a", image: "a1", birads: "BI-RADS 4" }),
  annotationLine({ study: "a", image: "a2", side: "R" }),
  annotationLine({ study: "b", image: "b1", birads: "BI-RADS 2", density: "DENSITY B" }),
  annotationLine({ study: "c", image: "c1", birads: "BI-RADS 5", split: "test" }),
  annotationLine({ study: "c", image: "c2", side: "R", split: "test" }),
  annotationLine({ study: "d", image: "d1", birads: "BI-RADS 3", density: "", split: "test" }),
];

export function writeLines(folder: string, name: string, lines: string[], lineEnd = "\n"): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), lines.map((line) => line + lineEnd).join(""));
}

export function writeAnnotations(folder: string, lines: string[], header: string = breastLevelHeader): string {
  writeLines(folder, "breast-level_annotations.csv", [header, ...lines]);
  return folder;
}
