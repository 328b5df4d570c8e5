/**
 * RSNA Screening Mammography Breast Cancer Detection (Kaggle, 2022): `train.csv` and `train_images/<patient>/<image>.dcm`.
 *
 * Its own label is `cancer`, one value for all images of a breast; its BI-RADS are 0 (called back), 1 or 2, or nothing. It has no
 * study and no series, so a patient is a study, and no split: its test set has no labels.
 */
import { z } from "zod";
import type { DatasetAdapter, ListedImage, Listing } from "../dataset-adapter.ts";
import { hasAny } from "../dataset-files.ts";
import { ageGroup, biradsCategory, densityCategory, identifier, side, view, zeroOrOne } from "../tables/fields.ts";
import { readCsv, readHeader } from "../tables/read-csv.ts";

const tableFile = "train.csv";
const imageFolder = "train_images";

const row = z.object({
  site_id: identifier,
  patient_id: identifier,
  image_id: identifier,
  laterality: side,
  view,
  age: ageGroup,
  cancer: zeroOrOne,
  BIRADS: biradsCategory,
  implant: zeroOrOne,
  density: densityCategory,
  machine_id: identifier,
});

export const rsna2022: DatasetAdapter = {
  name: "rsna-2022",
  title: "RSNA-2022",
  sign: `${tableFile} with the columns patient_id and image_id beside ${imageFolder}`,

  async detect({ store }) {
    const header = await readHeader(store, tableFile);
    return ["patient_id", "image_id"].every((column) => header.includes(column)) && hasAny(store, `${imageFolder}/`);
  },

  async list({ store }): Promise<Listing> {
    const images: ListedImage[] = [];
    for await (const { row: read, place } of readCsv(store, tableFile, row)) {
      images.push({
        place,
        studyId: read.patient_id,
        patientId: read.patient_id,
        split: null,
        imageId: read.image_id,
        seriesId: null,
        laterality: read.laterality,
        viewPosition: read.view,
        birads: read.BIRADS,
        density: read.density,
        heightPx: null,
        widthPx: null,
        source: `${imageFolder}/${read.patient_id}/${read.image_id}.dcm`,
        groups: {
          site: read.site_id,
          machine: read.machine_id,
          ...(read.age !== undefined && { age: read.age }),
          implant: read.implant === 1 ? "yes" : "no",
        },
        ownLabel: read.cancer,
      });
    }
    return {
      tables: [tableFile],
      images,
      ownLabels: {
        malignantWhere: "the breast had cancer (column cancer)",
        truth: "The truth is whether the breast had cancer, the same for all its images: some of them may not show it.",
      },
      warnings: [],
    };
  },
};
