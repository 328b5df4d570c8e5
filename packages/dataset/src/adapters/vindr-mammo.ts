/**
 * VinDr-Mammo (Nguyen et al., PhysioNet 1.0.0): `images/<study>/<image>.dicom` and `breast-level_annotations.csv`, with
 * `finding_annotations.csv` and `metadata.csv` where they exist. It has its own split, by study, and names no patient.
 */
import type { ObjectStore } from "@mammoflow/storage";
import type { DatasetAdapter, ListedImage, Listing } from "../dataset-adapter.ts";
import { readCsv } from "../tables/read-csv.ts";
import { readFindings, type FindingsByImage } from "./vindr-findings.ts";
import { breastLevelRow, metadataRow } from "./vindr-rows.ts";

const annotationsFile = "breast-level_annotations.csv";
const findingsFile = "finding_annotations.csv";
const metadataFile = "metadata.csv";

export const vindrMammo: DatasetAdapter = {
  name: "vindr-mammo",
  title: "VinDr-Mammo",
  sign: annotationsFile,
  detect: ({ store }) => store.exists(annotationsFile),

  async list({ store }, { rows }): Promise<Listing> {
    const findings = await readFindings(store, findingsFile, rows === "findings");
    const machines = await readMachines(store);
    const images: ListedImage[] = [];
    for await (const { row, place } of readCsv(store, annotationsFile, breastLevelRow)) {
      const size = { heightPx: row.height, widthPx: row.width };
      const own = findings?.of(row.image_id, size);
      const machine = machines?.get(row.image_id);
      images.push({
        place,
        studyId: row.study_id,
        split: row.split,
        imageId: row.image_id,
        seriesId: row.series_id,
        laterality: row.laterality,
        viewPosition: row.view_position,
        birads: row.breast_birads,
        density: row.breast_density,
        ...size,
        source: `images/${row.study_id}/${row.image_id}.dicom`,
        groups: machine ? { machine } : {},
        ...(own && { findings: own }),
      });
    }
    const tables = [annotationsFile, ...(findings ? [findingsFile] : []), ...(machines ? [metadataFile] : [])];
    return { tables, images, warnings: findings ? findingWarnings(findings, images, rows === "findings") : [] };
  },
};

/** @returns undefined where there is no such file. */
async function readMachines(store: ObjectStore): Promise<Map<string, string> | undefined> {
  if (!(await store.exists(metadataFile))) return undefined;
  const models = new Map<string, string>();
  for await (const { row } of readCsv(store, metadataFile, metadataRow)) {
    models.set(row["SOP Instance UID"], row["Manufacturer's Model Name"]);
  }
  return models;
}

function findingWarnings(findings: FindingsByImage, images: ListedImage[], areRows: boolean): string[] {
  const warnings: string[] = [];
  if (findings.boxesOutside > 0)
    warnings.push(`${findings.boxesOutside} boxes of ${findingsFile} ran outside their image and were cut to it.`);
  const listed = new Set(images.map(({ imageId }) => imageId));
  const strangers = findings.imageIds().filter((imageId) => !listed.has(imageId)).length;
  if (strangers > 0) warnings.push(`${strangers} images of ${findingsFile} are not in ${annotationsFile}; ignored.`);
  const without = [...listed].filter((imageId) => !findings.has(imageId)).length;
  if (without > 0 && areRows) warnings.push(`${without} images have no line in ${findingsFile}; each counts once.`);
  return warnings;
}
