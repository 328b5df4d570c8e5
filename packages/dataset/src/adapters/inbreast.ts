/**
 * INbreast (Moreira et al., 2012): `INbreast.csv` with semicolons, `AllDICOMs/<file>_<patient>_MG_<side>_<view>_ANON.dcm`
 * and, for images with findings, their outlines in `AllXML/<file>.xml`.
 *
 * The table's patient and age columns read `removed`; the patients are told apart by the second part of the DICOM files'
 * names. File names say `ML` where the table says `MLO`. It has no split.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { DatasetAdapter, ListedImage, Listing } from "../dataset-adapter.ts";
import { pathExists } from "../path-exists.ts";
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
  detect: (path) => pathExists(join(path, tableFile)),

  async list(root): Promise<Listing> {
    const tables = join(root, tableFile);
    const files = await dicomFiles(root);
    const hasOutlines = await pathExists(join(root, outlineFolder));
    const images: ListedImage[] = [];
    for await (const { row: read, place } of readCsv(tables, row)) {
      const imageId = read["File Name"];
      const file = files.get(imageId);
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
        ...(hasOutlines && { findings: await readOutlines(join(root, outlineFolder, `${imageId}.xml`)) }),
      });
    }
    const missing = images.filter(({ imageId }) => !files.has(imageId)).length;
    const warnings =
      missing > 0
        ? [`${missing} images have no file in ${imageFolder}, and so no patient: each counts as a patient of its own.`]
        : [];
    return { root, tables, images, warnings };
  },
};

/** The DICOM files by the number that the table knows. */
async function dicomFiles(root: string): Promise<Map<string, { name: string; patientId: string }>> {
  const names = await readdir(join(root, imageFolder)).catch(() => []);
  return new Map(
    names.flatMap((name): [string, { name: string; patientId: string }][] => {
      const [, imageId, patientId] = /^(\d+)_([0-9A-Za-z]+)_.*\.dcm$/i.exec(name) ?? [];
      return imageId !== undefined && patientId !== undefined ? [[imageId, { name, patientId }]] : [];
    }),
  );
}
