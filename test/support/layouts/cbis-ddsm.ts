import { writeText, writeTinyDicom, type Layout } from "./layout.ts";

const common = ["left or right breast", "image view", "abnormality id", "abnormality type"];
const close = "assessment,pathology,subtlety,image file path,cropped image file path,ROI mask file path";
const headers = {
  Mass: ["patient_id", "breast_density", ...common, "mass shape", "mass margins", close].join(","),
  Calc: ["patient_id", "breast density", ...common, "calc type", "calc distribution", close].join(","),
};

/** A line of a table: what, which part, patient, side, view, number of the lesion, pathology, assessment. */
type Lesion = ["Mass" | "Calc", "Training" | "Test", number, "LEFT" | "RIGHT", string, number, string, number];

/**
 * Patient 4 has two lesions in one image, the second malignant. Patient 8 has a mass and calcifications in one image. Patient 9 is
 * in the training part of the masses and in the test part of the calcifications.
 */
const lesions: Lesion[] = [
  ["Mass", "Training", 1, "LEFT", "CC", 1, "MALIGNANT", 4],
  ["Mass", "Training", 1, "LEFT", "MLO", 1, "MALIGNANT", 4],
  ["Mass", "Training", 4, "RIGHT", "CC", 1, "BENIGN", 0],
  ["Mass", "Training", 4, "RIGHT", "CC", 2, "MALIGNANT", 5],
  ["Mass", "Training", 8, "LEFT", "CC", 1, "BENIGN_WITHOUT_CALLBACK", 2],
  ["Mass", "Training", 9, "LEFT", "MLO", 1, "BENIGN", 3],
  ["Calc", "Training", 8, "LEFT", "CC", 1, "BENIGN", 3],
  ["Calc", "Training", 5, "RIGHT", "MLO", 1, "BENIGN_WITHOUT_CALLBACK", 2],
  ["Calc", "Test", 9, "RIGHT", "MLO", 1, "BENIGN", 2],
  ["Calc", "Test", 38, "LEFT", "CC", 1, "MALIGNANT", 5],
  ["Mass", "Test", 16, "LEFT", "CC", 1, "BENIGN", 3],
];

/** How a download names what lies below a case's folder. */
export type CbisDownload = "as listed" | "uids" | "dates";

const folders: Record<CbisDownload, (kind: string) => string> = {
  "as listed": () => "1.3.6.1.4.1.9590.100.1.2.1/1.3.6.1.4.1.9590.100.1.2.2/000000.dcm",
  uids: () => "1.3.6.1.4.1.9590.100.1.2.7/1.3.6.1.4.1.9590.100.1.2.8/1-1.dcm",
  dates: (kind) => `07-20-2016-DDSM-NA-30288/1.000000-${kind}-24515/1-1.dcm`,
};

const roots: Record<CbisDownload, string> = {
  "as listed": "",
  uids: "CBIS-DDSM/",
  dates: "manifest-ZkhPvrLo5216730872708713142/CBIS-DDSM/",
};

/** CBIS-DDSM: the four tables as TCIA ships them, and the images as one of three downloads. */
export function writeCbis(root: string, download: CbisDownload): void {
  const lines = new Map<string, string[]>();
  for (const [kind, part, number, side, view, lesion, pathology, assessment] of lesions) {
    const patient = `P_${String(number).padStart(5, "0")}`;
    const name = `${kind}-${part}_${patient}_${side}_${view}`;
    const listed = folders["as listed"]("");
    const table = `${kind.toLowerCase()}_case_description_${part === "Training" ? "train" : "test"}_set.csv`;
    const type = kind === "Mass" ? ["mass", "OVAL", "CIRCUMSCRIBED"] : ["calcification", "PLEOMORPHIC", "CLUSTERED"];
    const facts = [patient, number === 5 ? 0 : 3, side, view, lesion, ...type, assessment, pathology, 4];
    // TCIA's own paths end in a line break inside the quotes.
    const paths = [`${name}/${listed}`, `"${name}_${lesion}/${listed}\n"`, `"${name}_${lesion}/${listed}\n"`];
    lines.set(table, [...(lines.get(table) ?? [headers[kind]]), [...facts, ...paths].join(",")]);
    const facing = { laterality: side.slice(0, 1), viewPosition: view };
    writeTinyDicom(root, `${roots[download]}${name}/${folders[download]("full mammogram images")}`, facing);
    writeTinyDicom(root, `${roots[download]}${name}_${lesion}/${folders[download]("ROI mask images")}`, facing);
  }
  for (const [table, rows] of lines) writeText(root, table, rows);
}

export const cbisDdsm: Layout = {
  adapter: "cbis-ddsm",
  write: (root) => writeCbis(root, "dates"),
  path: (root) => root,
  options: {},
  table: "calc_case_description_train_set.csv",
  column: "pathology",
  bend: [",RIGHT,", ",BOTH,"],
  hasOwnSplit: true,
  hasOwnLabels: true,
  hasFindings: true,
};
