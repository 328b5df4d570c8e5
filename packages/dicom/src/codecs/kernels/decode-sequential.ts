import type { Cells } from "../../stored-values.ts";
import type { SequentialScan } from "../jpeg-sequential.ts";
import { zigzag } from "../jpeg/zigzag.ts";
import { checkStatus } from "./check-status.ts";
import { layOut } from "./lay-out.ts";
import type { CodecKernels } from "./load-kernels.ts";

const blockRows = 8;
const codesBytes = 16 + 256;

/**
 * Does what `decodeSequentialPlainly` does, a row of blocks at a time.
 *
 * @returns a view into the kernels' memory, valid until the next picture
 */
export function decodeSequentialInKernels(scan: SequentialScan, kernels: CodecKernels, source: string): Cells {
  const { rows, columns, precision } = scan.frame;
  const { tables, picture, stream, streamEnd } = layOut(kernels, scan.entropyCoded, rows * columns * 2);
  const { buffer } = kernels.memory;
  const dcCodes = tables;
  const acCodes = dcCodes + codesBytes;
  const places = acCodes + codesBytes;
  const steps = places + zigzag.length;
  new Uint8Array(buffer, dcCodes, codesBytes).set([...scan.dcCodes.counts, ...scan.dcCodes.symbols]);
  new Uint8Array(buffer, acCodes, codesBytes).set([...scan.acCodes.counts, ...scan.acCodes.symbols]);
  new Uint8Array(buffer, places, zigzag.length).set(zigzag);
  new Uint16Array(buffer, steps, zigzag.length).set(scan.quantization);
  kernels.sequentialBegin(dcCodes, acCodes, places, steps, scan.restartInterval, precision);
  kernels.beginSegments(stream, streamEnd);
  for (let row = 0; row < rows; row += blockRows) {
    const status = kernels.sequentialRow(picture + row * columns * 2, columns, Math.min(blockRows, rows - row));
    checkStatus(status, source, `row ${row} of ${rows}`);
  }
  if (precision > 8) return new Uint16Array(buffer, picture, rows * columns);
  kernels.lowBytes(picture, rows * columns);
  return new Uint8Array(buffer, picture, rows * columns);
}
