import { writeText, writeTinyDicom, type Layout } from "./layout.ts";

const header = "Patient ID;Patient age;Laterality;View;Acquisition date;File Name;ACR;Bi-Rads";
const assessments = ["1", "2", "3", "4a", "4b", "4c", "5", "6"];

/**
 * INbreast: 16 patients, each with one BI-RADS assessment, of two studies for patient 0. As in the release, patients are `removed`
 * from the table, one density is blank, and file names say ML for MLO.
 */
function write(root: string): void {
  const lines: string[] = [];
  for (let patient = 0; patient < 16; patient++) {
    const hash = (0x61b13c59bcba1490n + BigInt(patient)).toString(16);
    for (let picture = 0; picture < (patient === 0 ? 6 : 4); picture++) {
      const [side, view] = [picture % 2 === 0 ? "R" : "L", picture % 4 < 2 ? "CC" : "MLO"];
      const number = 20586908 + 100 * patient + picture;
      const density = patient === 5 ? "     " : String(1 + (patient % 4));
      const birads = assessments[patient % 8];
      const date = picture < 4 ? "201001" : "201102";
      lines.push(["removed", "removed", side, view, date, number, density, birads].join(";"));
      const name = `${number}_${hash}_MG_${side}_${view === "MLO" ? "ML" : view}_ANON.dcm`;
      writeTinyDicom(root, `AllDICOMs/${name}`, { laterality: side, viewPosition: view });
      if (birads !== "1") writeText(root, `AllXML/${number}.xml`, outlines);
    }
  }
  writeText(root, "INbreast.csv", [header, ...lines], "\r\n");
}

/** A mass with a polygon, one calcification marked by a point, and an outline without points. */
const outlines = [
  `<?xml version="1.0" encoding="UTF-8"?>`,
  `<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">`,
  `<plist version="1.0"><dict><key>Images</key><array><dict>`,
  `<key>ImageIndex</key><integer>0</integer><key>NumberOfROIs</key><integer>3</integer><key>ROIs</key><array>`,
  roi("Mass", ["(4.500000, 2.250000)", "(9.000000, 2.000000)", "(8.000000, 7.000000)", "(3.000000, 6.000000)"]),
  roi("Calcification", ["(12.000000, 5.000000)"]),
  roi("Unnamed", []),
  `</array></dict></array></dict></plist>`,
];

function roi(name: string, points: string[]): string {
  const list = points.map((point) => `<string>${point}</string>`).join("\n");
  return `<dict><key>Area</key><real>0.5</real><key>Name</key><string>${name}</string><key>NumberOfPoints</key><integer>${points.length}</integer><key>Point_px</key><array>${list}</array></dict>`;
}

export const inbreast: Layout = {
  adapter: "inbreast",
  write,
  path: (root) => root,
  options: {},
  table: "INbreast.csv",
  column: "Bi-Rads",
  bend: [";4a", ";4z"],
  hasOwnSplit: false,
  hasOwnLabels: false,
  hasFindings: true,
};
