import { writePhantomDataset } from "@mammoflow/dataset";
import type { Layout } from "./layout.ts";

/** VinDr-Mammo, as the phantoms lay it out. */
export const vindrMammo: Layout = {
  adapter: "vindr-mammo",
  write: async (root) => {
    await writePhantomDataset({ out: root, studies: 8, scale: 0.05, seed: 3 });
  },
  path: (root) => root,
  options: {},
  table: "breast-level_annotations.csv",
  column: "breast_birads",
  bend: ["BI-RADS 1", "BI-RADS 9"],
  hasOwnSplit: true,
  hasOwnLabels: false,
  hasFindings: true,
};
