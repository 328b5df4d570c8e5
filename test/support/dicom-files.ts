import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Part } from "./parts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The folder of real DICOM files (NEMA WG-04 compression test images); the repository holds no copy. */
const folder = resolve(root, process.env["TEST_DICOM_DIR"] ?? "../shared/data/dicom-wg04");

export const dicomFiles: Part = {
  needs: "dicom",
  isThere: existsSync(join(folder, "MR4_UNC.dcm")),
  reason: "no real DICOM files: set TEST_DICOM_DIR to a folder with the NEMA WG-04 compression test images",
};

/** The bytes of one of them, e.g. `MG1_J2KI.dcm`; only after `skipUnless(this, dicomFiles)`. */
export function readDicomFile(name: string): Buffer {
  return readFileSync(join(folder, name));
}
