/**
 * Reads a data set in VinDr-Mammo's layout: `images/<study>/<image>.dicom` and `breast-level_annotations.csv`, with
 * `finding_annotations.csv` and `metadata.csv` where they exist.
 */
import { join } from "node:path";
import { checkDataset, rejectContradictions } from "./check-dataset.ts";
import type { Dataset, ExcludedImages, LabelRule, Study, StudyImage } from "./dataset.ts";
import { labelOf } from "./dataset.ts";
import { pathExists } from "./path-exists.ts";
import { isPhantom } from "./phantom/phantom-readme.ts";
import { readCsv } from "./read-csv.ts";
import { readFindings, type FindingsByImage } from "./read-findings.ts";
import { breastLevelRow, metadataRow, type BreastLevelRow } from "./vindr-rows.ts";

const annotationsFile = "breast-level_annotations.csv";
const findingsFile = "finding_annotations.csv";
const metadataFile = "metadata.csv";

/**
 * Whether the images themselves exist is not looked at here: a missing one fails in its own job (`validateDataset`
 * finds it beforehand).
 *
 * @param root the folder that holds the CSV files.
 * @throws DatasetError when a CSV is missing or has a missing column, an unknown value or a contradiction; when nothing
 * is left under the rule; when a split is empty or has one class only; when a study is in both splits.
 */
export async function readDataset(root: string, rule: LabelRule): Promise<Dataset> {
  const findings = await readFindings(join(root, findingsFile), rule.rows === "findings");
  const models = await readManufacturerModels(join(root, metadataFile));
  const studies = new Map<string, Study>();
  const imageLines = new Map<string, number>();
  const excluded = new Map<number, number>();
  const path = join(root, annotationsFile);
  for await (const { row, line } of readCsv(path, breastLevelRow)) {
    rejectContradictions({
      path,
      line,
      row,
      firstLine: imageLines.get(row.image_id),
      study: studies.get(row.study_id),
    });
    imageLines.set(row.image_id, line);
    const study = studies.get(row.study_id) ?? { studyId: row.study_id, split: row.split, images: [] };
    studies.set(row.study_id, study);
    const label = labelOf(row.breast_birads, rule);
    if (label === null) excluded.set(row.breast_birads, (excluded.get(row.breast_birads) ?? 0) + 1);
    else study.images.push(toStudyImage(row, label, rule, findings, models.get(row.image_id)));
  }
  const dataset: Dataset = {
    root,
    isSynthetic: await isPhantom(root),
    studies: [...studies.values()].filter((study) => study.images.length > 0),
    warnings: warningsOf(findings, imageLines, excluded, rule),
    labelRule: rule,
    excluded: [...excluded].map(([birads, images]): ExcludedImages => ({ birads, images })),
  };
  checkDataset(dataset, path);
  return dataset;
}

function toStudyImage(
  row: BreastLevelRow,
  label: 0 | 1,
  rule: LabelRule,
  findings: FindingsByImage | undefined,
  manufacturerModel: string | undefined,
): StudyImage {
  const size = { heightPx: row.height, widthPx: row.width };
  const own = findings?.of(row.image_id, size);
  return {
    imageId: row.image_id,
    seriesId: row.series_id,
    laterality: row.laterality,
    viewPosition: row.view_position,
    birads: row.breast_birads,
    density: row.breast_density,
    ...size,
    label,
    rows: rule.rows === "findings" ? Math.max(1, own?.length ?? 1) : 1,
    source: `images/${row.study_id}/${row.image_id}.dicom`,
    ...(own && { findings: own }),
    ...(manufacturerModel && { manufacturerModel }),
  };
}

async function readManufacturerModels(path: string): Promise<Map<string, string>> {
  const models = new Map<string, string>();
  if (!(await pathExists(path))) return models;
  for await (const { row } of readCsv(path, metadataRow)) {
    models.set(row["SOP Instance UID"], row["Manufacturer's Model Name"]);
  }
  return models;
}

function warningsOf(
  findings: FindingsByImage | undefined,
  imageLines: Map<string, number>,
  excluded: Map<number, number>,
  rule: LabelRule,
): string[] {
  const warnings: string[] = [];
  const incomplete = excluded.get(0);
  if (incomplete) warnings.push(`${incomplete} images are BI-RADS 0 (incomplete assessment) and were left out.`);
  if (!findings) return warnings;
  if (findings.boxesOutside > 0) {
    warnings.push(`${findings.boxesOutside} boxes of ${findingsFile} ran outside their image and were cut to it.`);
  }
  const strangers = findings.imageIds().filter((imageId) => !imageLines.has(imageId)).length;
  if (strangers > 0) warnings.push(`${strangers} images of ${findingsFile} are not in ${annotationsFile}; ignored.`);
  const without = [...imageLines.keys()].filter((imageId) => !findings.has(imageId)).length;
  if (without > 0 && rule.rows === "findings") {
    warnings.push(`${without} images have no line in ${findingsFile}; each counts once.`);
  }
  return warnings;
}
