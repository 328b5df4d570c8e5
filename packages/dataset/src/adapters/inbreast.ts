/**
 * INbreast (Moreira et al., 2012): `INbreast.csv` with semicolons, `AllDICOMs/<file>_<patient>_MG_<side>_<view>_ANON.dcm`
 * and, for images with findings, their outlines in `AllXML/<file>.xml`.
 *
 * The table's patient and age columns read `removed`; the patients are told apart by the second part of the DICOM files'
 * names. File names say `ML` where the table says `MLO`. It has no split.
 */
import type { ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import type { DatasetAdapter, ListedImage, Listing } from "../dataset-adapter.ts";
import { biradsCategory, densityCategory, identifier, side, view } from "../tables/fields.ts";
import { readCsv } from "../tables/read-csv.ts";
import { readOutlines } from "./inbreast-outlines.ts";

const tableFile = "INbreast.csv";
const imageFolder = "AllDICOMs";
const outlineFolder = "AllXML";

const row = z.object({
  Laterality: side,
  View: view,
  "Acquisition date": z.string().regex(/^\d{6}$/, "a year and month such as 201001"),
  "File Name": identifier,
  ACR: densityCategory,
  "Bi-Rads": biradsCategory,
});

export const inbreast: DatasetAdapter = {
  name: "inbreast",
  title: "INbreast",
  sign: tableFile,
  detect: ({ store }) => store.exists(tableFile),

  async list({ store }): Promise<Listing> {
    const files = await dicomFiles(store);
    const outlines = new Set<string>();
    for await (const name of store.list(`${outlineFolder}/`)) outlines.add(name);
    const images: ListedImage[] = [];
    for await (const { row: read, place } of readCsv(store, tableFile, row)) {
      const imageId = read["File Name"];
      const file = files.get(imageId);
      const outline = `${outlineFolder}/${imageId}.xml`;
      const patientId = file?.patientId ?? `unknown-${imageId}`;
      images.push({
        place,
        studyId: `${patientId}-${read["Acquisition date"]}`,
        patientId,
        split: null,
        imageId,
        seriesId: null,
        laterality: read.Laterality,
        viewPosition: read.View,
        birads: read["Bi-Rads"],
        density: read.ACR,
        heightPx: null,
        widthPx: null,
        source: `${imageFolder}/${file?.name ?? `${imageId}.dcm`}`,
        groups: {},
        ...(outlines.size > 0 && { findings: outlines.has(outline) ? await readOutlines(store, outline) : [] }),
      });
    }
    const missing = images.filter(({ imageId }) => !files.has(imageId)).length;
    const warnings =
      missing > 0
        ? [`${missing} images have no file in ${imageFolder}, and so no patient: each counts as a patient of its own.`]
        : [];
    return { tables: [tableFile, ...outlines], images, warnings };
  },
};

/** The DICOM files by the number that the table knows. */
async function dicomFiles(store: ObjectStore): Promise<Map<string, { name: string; patientId: string }>> {
  const files = new Map<string, { name: string; patientId: string }>();
  for await (const path of store.list(`${imageFolder}/`)) {
    const name = path.slice(imageFolder.length + 1);
    const [, imageId, patientId] = /^(\d+)_([0-9A-Za-z]+)_[^/]*\.dcm$/i.exec(name) ?? [];
    if (imageId !== undefined && patientId !== undefined) files.set(imageId, { name, patientId });
  }
  return files;
}
