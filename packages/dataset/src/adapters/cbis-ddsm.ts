/**
 * CBIS-DDSM (Lee et al., TCIA 2017): digitised films with marked lesions, described by four tables of lesions, of masses and
 * of calcifications, for training and for the test. An image has one or more lesions, and may be in both kinds of table.
 *
 * The label is the pathology of the worst lesion. The two kinds were split apart from each other, so some patients are in the
 * training part of one and the test part of the other.
 */
import { addressWithin, type ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import type { DatasetAdapter, ListedImage, Listing } from "../dataset-adapter.ts";
import type { Finding, Split } from "../dataset.ts";
import { DatasetError } from "../errors.ts";
import { biradsCategory, densityCategory, identifier, view } from "../tables/fields.ts";
import { readCsv } from "../tables/read-csv.ts";
import { findCases } from "./cbis-cases.ts";

const tables = [
  { file: "mass_case_description_train_set.csv", split: "training" },
  { file: "mass_case_description_test_set.csv", split: "test" },
  { file: "calc_case_description_train_set.csv", split: "training" },
  { file: "calc_case_description_test_set.csv", split: "test" },
] as const satisfies { file: string; split: Split }[];

/** The first part names the case, e.g. `Mass-Training_P_00001_LEFT_CC`; the file ends some of them with a line break. */
const imagePath = z
  .string()
  .trim()
  .regex(
    /^(Mass|Calc)-(Training|Test)_P_\d+_(LEFT|RIGHT)_[A-Z]+(\/(?!\.\.)[\w. -]+)+$/,
    "a path that begins with the case, such as Mass-Training_P_00001_LEFT_CC/...",
  );

const row = z.object({
  patient_id: identifier,
  breast_density: densityCategory,
  "left or right breast": z.enum(["LEFT", "RIGHT"], "LEFT or RIGHT"),
  "image view": view,
  "abnormality type": z.enum(["mass", "calcification"], "mass or calcification"),
  assessment: biradsCategory,
  pathology: z.enum(["MALIGNANT", "BENIGN", "BENIGN_WITHOUT_CALLBACK"], "MALIGNANT, BENIGN or BENIGN_WITHOUT_CALLBACK"),
  "image file path": imagePath,
});

interface Lesions extends ListedImage {
  split: Split;
  patientId: string;
  ownLabel: 0 | 1;
  findings: Finding[];
  /** Cases that hold the picture, each with the path that its table gives. */
  cases: Map<string, string>;
}

export const cbisDdsm: DatasetAdapter = {
  name: "cbis-ddsm",
  title: "CBIS-DDSM",
  sign: tables.map(({ file }) => file).join(" or "),

  detect: async ({ store }) => (await Promise.all(tables.map(({ file }) => store.exists(file)))).includes(true),

  async list({ store }): Promise<Listing> {
    const present = await presentTables(store);
    const byId = new Map<string, Lesions>();
    for (const { file, split } of present) await readTable(store, file, split, byId);
    const images = [...byId.values()];
    const warnings = [...keepPatientsTogether(images), ...(await findSources(store, images))];
    return {
      tables: present.map(({ file }) => file),
      images: images.map(({ cases: _, ...image }) => image),
      ownLabels: {
        malignantWhere: "a lesion of the image is malignant (column pathology)",
        truth:
          "The truth is the pathology of the marked lesions, and of those without callback the reader's word. Every image is a digitised film with a lesion, so nothing is said about normal breasts nor about digital mammograms.",
      },
      warnings,
    };
  },
};

async function presentTables(store: ObjectStore): Promise<{ file: string; split: Split }[]> {
  const exist = await Promise.all(tables.map(({ file }) => store.exists(file)));
  const present = tables.filter((_, index) => exist[index]);
  if (present.length > 0) return present;
  throw new DatasetError({
    code: "DATASET_MISSING_FILE",
    message: `${addressWithin(store.address, tables[0].file)} does not exist, nor any of the other three tables; give the folder that holds them, as TCIA ships them.`,
  });
}

async function readTable(store: ObjectStore, file: string, split: Split, images: Map<string, Lesions>): Promise<void> {
  for await (const { row: read, place } of readCsv(store, file, row, { "breast density": "breast_density" })) {
    const side = read["left or right breast"];
    const imageId = `${read.patient_id}_${side}_${read["image view"]}`;
    const category = read["abnormality type"] === "mass" ? "Mass" : "Calcification";
    const known = images.get(imageId);
    const image: Lesions = known ?? {
      place,
      studyId: read.patient_id,
      patientId: read.patient_id,
      split,
      imageId,
      seriesId: null,
      laterality: side === "LEFT" ? "L" : "R",
      viewPosition: read["image view"],
      birads: null,
      density: read.breast_density,
      heightPx: null,
      widthPx: null,
      source: read["image file path"],
      groups: {},
      ownLabel: 0,
      findings: [],
      cases: new Map(),
    };
    images.set(imageId, image);
    if (split === "test") image.split = "test";
    image.density ??= read.breast_density;
    if (read.assessment !== null) image.birads = Math.max(image.birads ?? 0, read.assessment);
    if (read.pathology === "MALIGNANT") image.ownLabel = 1;
    image.findings.push({ categories: [category], birads: read.assessment, box: null });
    image.groups["lesion"] = [...new Set(image.findings.flatMap(({ categories }) => categories))].join(" and ");
    image.cases.set(read["image file path"].split("/")[0] ?? "", read["image file path"]);
  }
}

/** A patient who is in both parts goes to the test with all images: the published test set stays whole. */
function keepPatientsTogether(images: Lesions[]): string[] {
  const inTest = new Set(images.filter(({ split }) => split === "test").map(({ patientId }) => patientId));
  const moved = images.filter(({ split, patientId }) => split === "training" && inTest.has(patientId));
  for (const image of moved) image.split = "test";
  const patients = new Set(moved.map(({ patientId }) => patientId)).size;
  return moved.length === 0
    ? []
    : [
        `${patients} patients are in the training part of one kind of lesion and the test part of the other: their ${moved.length} training images are in the test split here.`,
      ];
}

/** What a download has on disk differs in every part of the path but the case's folder. */
async function findSources(store: ObjectStore, images: Lesions[]): Promise<string[]> {
  const cases = await findCases(store);
  let missing = 0;
  let several = 0;
  for (const image of images) {
    const name = [...image.cases.keys()].find((each) => cases.has(each));
    const found = name === undefined ? undefined : cases.get(name)?.(image.cases.get(name) ?? "");
    if (!found) missing += 1;
    else {
      image.source = found.source;
      if (found.candidates > 1) several += 1;
    }
  }
  const both = images.filter(({ groups }) => groups["lesion"]?.includes(" and ")).length;
  return [
    ...(both > 0
      ? [`${both} images are in the tables of both kinds of lesion; each counts once, with all its lesions.`]
      : []),
    ...(missing > 0 ? [`${missing} images have no file in a folder of their case under ${store.address}.`] : []),
    ...(several > 0 ? [`${several} cases hold several files; the first full mammogram is taken.`] : []),
  ];
}
