import { truncatedError } from "../../errors.ts";
import type { Cells } from "../../stored-values.ts";
import type { LosslessScan } from "../jpeg-lossless.ts";
import { BitReader, huffmanTable } from "./huffman.ts";

/**
 * T.81 H.1.2 and H.2: each sample is its prediction plus a coded difference, modulo 2^16. The first row is predicted from
 * the left, the first column from above, and the first sample, also after each restart, from the middle of the range.
 *
 * @returns `[rows, columns]`
 * @throws DicomError `DICOM_TRUNCATED`; Error with a clause where the stream makes no sense
 */
export function decodeLosslessPlainly(scan: LosslessScan, source: string): Cells {
  const { rows, columns, precision } = scan.frame;
  const { pointTransform, rowsBetweenRestarts } = scan;
  const samples = new Uint16Array(rows * columns);
  const table = huffmanTable(scan.dcCodes);
  const bits = new BitReader(scan.entropyCoded);
  const predict = predictors[scan.selection - 1] ?? fromLeft;
  const middle = 2 ** (precision - pointTransform - 1);
  for (let row = 0; row < rows; row++) {
    const isFirst = row % rowsBetweenRestarts === 0;
    if (isFirst && row > 0 && !bits.restart())
      throw truncatedError(source, "its JPEG stream ends before its last restart interval");
    const start = row * columns;
    for (let column = 0; column < columns; column++) {
      const at = start + column;
      let prediction = middle;
      if (column > 0 && isFirst) prediction = samples[at - 1] ?? 0;
      else if (column > 0) prediction = predict(samples, at, columns);
      else if (!isFirst) prediction = samples[at - columns] ?? 0;
      const category = bits.symbol(table);
      samples[at] = prediction + (category === 16 ? 32768 : bits.signed(category)); // the array wraps at 2^16
    }
    if (bits.isOverrun) throw truncatedError(source, `its compressed pixel data ends in row ${row} of ${rows}`);
  }
  if (pointTransform > 0)
    for (let at = 0; at < samples.length; at++) samples[at] = (samples[at] ?? 0) << pointTransform;
  return precision > 8 ? samples : Uint8Array.from(samples);
}

type Predictor = (samples: Uint16Array, at: number, columns: number) => number;

const fromLeft: Predictor = (samples, at) => samples[at - 1] ?? 0;
const fromAbove: Predictor = (samples, at, columns) => samples[at - columns] ?? 0;
const fromCorner: Predictor = (samples, at, columns) => samples[at - columns - 1] ?? 0;

/** Selection values 1 to 7, T.81 table H.1. */
const predictors: readonly Predictor[] = [
  fromLeft,
  fromAbove,
  fromCorner,
  (...place) => fromLeft(...place) + fromAbove(...place) - fromCorner(...place),
  (...place) => fromLeft(...place) + ((fromAbove(...place) - fromCorner(...place)) >> 1),
  (...place) => fromAbove(...place) + ((fromLeft(...place) - fromCorner(...place)) >> 1),
  (...place) => (fromLeft(...place) + fromAbove(...place)) >> 1,
];
