import { join } from "node:path";
import { writeText, writeTinyDicom, type Layout } from "./layout.ts";

const header = "Datei;Diagnose;Person;Untersuchung;Seite;Projektion;ACR-Dichte;Haus;bemerkung";

/** A table that nobody planned for: German, with semicolons, ids with spaces and slashes, folders above the files. */
function write(root: string): void {
  const lines: string[] = [];
  for (let patient = 0; patient < 20; patient++)
    for (const [index, view] of ["cc", "mlo"].entries()) {
      const [side, letter] = patient % 2 === 0 ? ["links", "L"] : ["rechts", "R"];
      const file = `Bilder\\Haus ${patient % 3}\\P${patient} ${view}.dcm`;
      const diagnosis = patient % 4 === 0 ? "Karzinom" : index === 0 ? "kein Befund" : "Zyste";
      const facts = [file, diagnosis, `Person ${patient}/ä`, "1", letter, view, `ACR ${"abcd"[patient % 4]}`];
      lines.push([...facts, patient % 3 === 0 ? "" : `Haus ${patient % 3}`, `"${side}; siehe Akte"`].join(";"));
      writeTinyDicom(root, file.replaceAll("\\", "/"), { laterality: letter, viewPosition: view.toUpperCase() });
    }
  writeText(root, "bilder.csv", [`\uFEFF${header}`, ...lines], "\r\n");
}

export const generic: Layout = {
  adapter: "generic",
  write,
  path: (root) => join(root, "bilder.csv"),
  options: {
    columns: {
      path: "Datei",
      label: "Diagnose",
      positive: ["Karzinom"],
      patient: "Person",
      study: "Untersuchung",
      laterality: "Seite",
      view: "Projektion",
      density: "ACR-Dichte",
      group: ["Haus"],
    },
  },
  table: "bilder.csv",
  column: "Diagnose",
  bend: [";L;", ";mittig;"],
  hasOwnSplit: false,
  hasOwnLabels: true,
  hasFindings: false,
};
