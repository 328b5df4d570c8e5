import { writeText, writeTinyDicom, type Layout } from "./layout.ts";

const header =
  "site_id,patient_id,image_id,laterality,view,age,cancer,biopsy,invasive,BIRADS,implant,density,machine_id,difficult_negative_case";

/** RSNA-2022: 30 patients, every fifth with cancer in the left breast; from patient 20 on other views than the usual four. */
function write(root: string): void {
  const lines: string[] = [];
  for (let patient = 0; patient < 30; patient++) {
    const views = ["L-CC", "L-MLO", "R-CC", "R-MLO", ...(patient >= 20 ? ["L-AT", "R-LMO", "R-ML", "L-LM"] : [])];
    views.forEach((name, index) => {
      const [laterality, view] = name.split("-") as [string, string];
      const patientId = 10006 + patient;
      const imageId = 462822612 + 100 * patient + index;
      const cancer = patient % 5 === 0 && laterality === "L" ? 1 : 0;
      const age = patient === 3 ? "" : `${41 + (patient % 49)}.0`;
      const birads = cancer === 1 ? "0.0" : patient % 2 === 0 ? "1.0" : "";
      const density = patient % 3 === 0 ? "" : "ABCD"[patient % 4];
      const facts = [patient % 2 === 0 ? 2 : 1, patientId, imageId, laterality, view, age, cancer];
      const outcome = [cancer, cancer, birads, patient === 7 ? 1 : 0, density, 29 + (patient % 2), "False"];
      lines.push([...facts, ...outcome].join(","));
      writeTinyDicom(root, `train_images/${patientId}/${imageId}.dcm`, { laterality, viewPosition: view });
    });
  }
  writeText(root, "train.csv", [header, ...lines]);
  writeText(root, "test.csv", ["site_id,patient_id,image_id,laterality,view,age,implant,machine_id,prediction_id"]);
}

export const rsna2022: Layout = {
  adapter: "rsna-2022",
  write,
  path: (root) => root,
  options: {},
  table: "train.csv",
  column: "cancer",
  bend: [",L,CC,", ",left,CC,"],
  hasOwnSplit: false,
  hasOwnLabels: true,
  hasFindings: false,
};
