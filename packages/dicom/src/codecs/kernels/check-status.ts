import { corruptError, truncatedError } from "../../errors.ts";

/** kernels/status.ts has the same numbers. */
const ok = 0;
const overrun = 1;

/**
 * Goes on where a kernel says that all is well.
 *
 * @param place where in the picture, for the message: "row 4 of 10"
 * @throws DicomError `DICOM_TRUNCATED`, `DICOM_CORRUPT`
 */
export function checkStatus(status: number, source: string, place: string): void {
  if (status === ok) return;
  if (status === overrun) throw truncatedError(source, `its compressed pixel data ends in ${place}`);
  throw corruptError(source, `its compressed pixel data holds bits that mean nothing in ${place}`);
}
