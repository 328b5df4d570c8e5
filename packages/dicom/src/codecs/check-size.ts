import type { DicomImage } from "../dicom-image.ts";
import { corruptError } from "../errors.ts";

/**
 * Compares the size that a stream declares with the header's, before anything is allocated.
 *
 * @throws DicomError `DICOM_CORRUPT`
 */
export function checkSize({ columns, rows }: { columns: number; rows: number }, image: DicomImage): void {
  if (columns !== image.columns || rows !== image.rows)
    throw corruptError(
      image.source,
      `its pixel data is ${columns} x ${rows}, its header says ${image.columns} x ${image.rows}`,
    );
}
