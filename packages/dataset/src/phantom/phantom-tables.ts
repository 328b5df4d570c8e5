/** The CSV files of a phantom data set, with the columns of VinDr-Mammo in its order. */
import { phantomReadme } from "./phantom-readme.ts";
import { findingCategories } from "./lesions.ts";
import type { BreastPlan, ImagePlan, StudyPlan } from "./plan-studies.ts";
import type { PhantomImage } from "./render-phantom.ts";

const breastLevelColumns =
  "study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,breast_density,split";
const findingColumns =
  "study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,breast_density,finding_categories,finding_birads,xmin,ymin,xmax,ymax,split";
const metadataColumns =
  "SOP Instance UID,Series Instance UID,Study Instance UID,Patient's Age,Manufacturer,Manufacturer's Model Name,Photometric Interpretation,Rows,Columns,Bits Stored,Image Laterality,View Position";

/** One image that has been written. */
export interface WrittenImage {
  study: StudyPlan;
  breast: BreastPlan;
  plan: ImagePlan;
  image: PhantomImage;
  /** Relative to the data set's root. */
  path: string;
  sha256: string;
}

export function createPhantomTables() {
  const breastLevel = [breastLevelColumns];
  const findings = [findingColumns];
  const metadata = [metadataColumns];
  const sums: string[] = [];

  return {
    add({ study, breast, plan, image, path, sha256 }: WrittenImage): void {
      const { laterality, viewPosition, imageId, maker, lesions } = plan;
      const ids = [study.studyId, study.seriesId, imageId, laterality, viewPosition, image.rows, image.columns];
      const birads = `BI-RADS ${breast.birads}`;
      const facts = [...ids, birads, `DENSITY ${study.density}`];
      breastLevel.push([...facts, study.split].join(","));
      if (lesions.length === 0) findings.push([...facts, "['No Finding']", "", "", "", "", "", study.split].join(","));
      lesions.forEach((lesion, index) => {
        const box = image.boxes[index];
        const corners = box
          ? [box.xmin, box.ymin, box.xmax, box.ymax].map((value) => value.toFixed(2))
          : ["", "", "", ""];
        findings.push([...facts, pythonList(findingCategories(lesion)), birads, ...corners, study.split].join(","));
      });
      const age = `${String(study.ageYears).padStart(3, "0")}Y`;
      const machine = [maker.manufacturer, maker.manufacturerModelName, maker.photometricInterpretation];
      const uids = [imageId, study.seriesId, study.studyId];
      metadata.push(
        [...uids, age, ...machine, image.rows, image.columns, maker.bitsStored, laterality, viewPosition].join(","),
      );
      sums.push(`${sha256}  ${path}`);
    },
    /** File name to text. */
    files(): Record<string, string> {
      return {
        "README.txt": phantomReadme,
        "SHA256SUMS.txt": lines(sums),
        "metadata.csv": lines(metadata),
        "finding_annotations.csv": lines(findings),
        "breast-level_annotations.csv": lines(breastLevel),
      };
    },
  };
}

function lines(rows: string[]): string {
  return `${rows.join("\n")}\n`;
}

/** A Python list literal, quoted for CSV where it has a comma. */
function pythonList(items: readonly string[]): string {
  const literal = `[${items.map((item) => `'${item}'`).join(", ")}]`;
  return items.length > 1 ? `"${literal}"` : literal;
}
