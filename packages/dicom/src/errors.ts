import { AppError } from "@mammoflow/runtime";

/**
 * A DICOM file that cannot be turned into pixels; never retryable, because the same bytes fail again.
 *
 * Codes: `DICOM_NOT_DICOM`, `DICOM_TRUNCATED`, `DICOM_CORRUPT`, `DICOM_NO_PIXELS`, `DICOM_UNSUPPORTED_IMAGE`,
 * `DICOM_UNSUPPORTED_SYNTAX`, `DICOM_TOO_LARGE`, `DICOM_NO_SUCH_FRAME`.
 */
export class DicomError extends AppError {}

/** The error for bytes that end before the image does; `found` says where. */
export function truncatedError(source: string, found: string): DicomError {
  return new DicomError({
    code: "DICOM_TRUNCATED",
    message: `${source} is cut short: ${found}; fetch the file again and compare its checksum.`,
  });
}

/** The error for bytes that contradict themselves or the standard; `found` says how. */
export function corruptError(source: string, found: string, cause?: unknown): DicomError {
  return new DicomError({
    code: "DICOM_CORRUPT",
    message: `${source} is damaged: ${found}; fetch the file again or leave it out.`,
    cause,
  });
}
