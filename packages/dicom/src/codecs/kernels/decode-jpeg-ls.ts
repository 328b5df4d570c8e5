import { truncatedError } from "../../errors.ts";
import type { Cells } from "../../stored-values.ts";
import type { JpegLsScan } from "../jpeg/jpeg-ls-scan.ts";
import { checkStatus } from "./check-status.ts";
import { layOut } from "./lay-out.ts";
import type { CodecKernels } from "./load-kernels.ts";

/**
 * Decodes a scan of one component, T.87 annex A.
 *
 * @returns a view into the kernels' memory, valid until the next picture
 * @throws DicomError `DICOM_TRUNCATED`, `DICOM_CORRUPT`
 */
export function decodeJpegLs(scan: JpegLsScan, kernels: CodecKernels, source: string): Cells {
  const { frame, largest, near, thresholds, reset, rowsBetweenRestarts } = scan;
  const { rows, columns, precision } = frame;
  const { picture, stream, streamEnd } = layOut(kernels, scan.entropyCoded, rows * columns * 2);
  // Derived parameters, T.87 A.2.1: the number of error values, their bits, and the longest code.
  const range = Math.floor((largest + 2 * near) / (2 * near + 1)) + 1;
  const wholeBits = Math.ceil(Math.log2(range));
  const sampleBits = Math.max(2, Math.ceil(Math.log2(largest + 1)));
  const limit = 2 * (sampleBits + Math.max(8, sampleBits));
  kernels.lsParameters(largest, near, ...thresholds, reset, range, wholeBits, limit);
  kernels.beginSegments(stream, streamEnd);
  for (let row = 0; row < rows; row++) {
    if (row % rowsBetweenRestarts === 0) {
      if (row > 0 && kernels.restart() === 0)
        throw truncatedError(source, "its JPEG-LS stream ends before its last restart interval");
      kernels.lsBegin();
    }
    checkStatus(kernels.lsLine(picture + row * columns * 2, columns), source, `row ${row} of ${rows}`);
  }
  if (precision > 8) return new Uint16Array(kernels.memory.buffer, picture, rows * columns);
  kernels.lowBytes(picture, rows * columns);
  return new Uint8Array(kernels.memory.buffer, picture, rows * columns);
}
