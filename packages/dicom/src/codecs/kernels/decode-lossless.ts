import { truncatedError } from "../../errors.ts";
import type { Cells } from "../../stored-values.ts";
import type { LosslessScan } from "../jpeg-lossless.ts";
import { checkStatus } from "./check-status.ts";
import { layOut } from "./lay-out.ts";
import type { CodecKernels } from "./load-kernels.ts";

/**
 * Does what `decodeLosslessPlainly` does: of each row first all differences, then all predictions.
 *
 * @returns a view into the kernels' memory, valid until the next picture
 */
export function decodeLosslessInKernels(scan: LosslessScan, kernels: CodecKernels, source: string): Cells {
  const { rows, columns, precision } = scan.frame;
  const { tables, picture, stream, streamEnd } = layOut(kernels, scan.entropyCoded, rows * columns * 2);
  const { buffer } = kernels.memory;
  new Uint8Array(buffer, tables, 16 + 256).set([...scan.dcCodes.counts, ...scan.dcCodes.symbols]);
  kernels.losslessTable(tables);
  kernels.beginSegments(stream, streamEnd);
  for (let row = 0; row < rows; row++) {
    const isFirst = row % scan.rowsBetweenRestarts === 0;
    if (isFirst && row > 0 && kernels.restart() === 0)
      throw truncatedError(source, "its JPEG stream ends before its last restart interval");
    checkStatus(kernels.losslessDifferences(columns), source, `row ${row} of ${rows}`);
    const to = picture + row * columns * 2;
    if (isFirst) kernels.losslessFirstRow(to, columns, 2 ** (precision - scan.pointTransform - 1));
    else kernels.losslessRow(scan.selection, to - columns * 2, to, columns);
  }
  if (scan.pointTransform > 0) kernels.shiftUp(picture, rows * columns, scan.pointTransform);
  if (precision > 8) return new Uint16Array(buffer, picture, rows * columns);
  kernels.lowBytes(picture, rows * columns);
  return new Uint8Array(buffer, picture, rows * columns);
}
