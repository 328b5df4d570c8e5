/** Small data sets, each in the exact layout of one publisher, with pictures of a few pixels. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeDicom } from "@mammoflow/dicom";
import type { DatasetOptions } from "@mammoflow/dataset";

/** One layout, for the contract that every adapter keeps. */
export interface Layout {
  /** The adapter that must read it. */
  adapter: string;
  /** Writes it below a folder that does not exist yet. */
  write(root: string): void | Promise<void>;
  /** What is given to `readDataset`: the folder, or the table in it. */
  path(root: string): string;
  options: DatasetOptions;
  /** A table, relative to the root, with a column that it cannot lack and a value that may not be in it. */
  table: string;
  column: string;
  /** A text of the table, and what makes it a value that nobody knows. */
  bend: [from: string, to: string];
  hasOwnSplit: boolean;
  hasOwnLabels: boolean;
  hasFindings: boolean;
}

export function writeText(root: string, name: string, lines: string[], end = "\n"): void {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => line + end).join(""));
}

/** A mammogram of 16 x 12 pixels: bright on the left, dark on the right. */
export function writeTinyDicom(root: string, name: string, facts: { laterality: string; viewPosition: string }): void {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  const samples = Uint16Array.from({ length: 16 * 12 }, (_, index) => (index % 16 < 8 ? 2000 + index : 0));
  const laterality = facts.laterality === "R" ? "R" : "L";
  writeFileSync(
    path,
    writeDicom({
      rows: 12,
      columns: 16,
      samples,
      bitsStored: 12,
      photometricInterpretation: "MONOCHROME2",
      laterality,
      viewPosition: facts.viewPosition,
      modality: "MG",
    }),
  );
}
