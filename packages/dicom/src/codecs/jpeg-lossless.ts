import type { DicomImage } from "../dicom-image.ts";
import { corruptError, truncatedError } from "../errors.ts";
import { type Codec, valuesFrame } from "./codec.ts";
import { BitReader } from "./jpeg/huffman.ts";
import { type Scan, readScan } from "./jpeg/scan.ts";

const losslessKind = 0xc3;

/** JPEG Lossless, process 14 (any predictor, and selection value 1), T.81 annex H, PS3.5 A.4.1; 2 to 16 bits. */
export const jpegLossless: Codec = {
  name: "JPEG Lossless",
  transferSyntaxes: ["1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"],
  async decode(image) {
    const scan = readScan(image.encoded);
    const { frame } = scan;
    if (frame.kind !== losslessKind)
      throw corruptError(image.source, "its JPEG stream is not a lossless one, as its transfer syntax says it is");
    if (frame.precision < 2 || frame.precision > 16 || scan.spectralStart < 1 || scan.spectralStart > 7)
      throw corruptError(image.source, "its JPEG stream declares a precision or a predictor that does not exist");
    if (frame.columns !== image.columns || frame.rows !== image.rows)
      throw corruptError(
        image.source,
        `its pixel data is ${frame.columns} x ${frame.rows}, its header says ${image.columns} x ${image.rows}`,
      );
    const samples = decodeRows(scan, image);
    return valuesFrame(image.bitsAllocated === 8 ? Uint8Array.from(samples) : samples, frame.precision);
  },
};

/**
 * T.81 H.1.2 and H.2: each sample is its prediction plus a coded difference, modulo 2^16. The first row is predicted from
 * the left, the first column from above, and the first sample, also after each restart, from the middle of the range.
 */
function decodeRows(scan: Scan, image: DicomImage): Uint16Array {
  const { rows, columns, precision } = scan.frame;
  const { dcTable, restartInterval, pointTransform } = scan;
  const samples = new Uint16Array(rows * columns);
  const bits = new BitReader(scan.entropyCoded);
  const predict = predictors[scan.spectralStart - 1] ?? fromLeft;
  const middle = 2 ** (precision - pointTransform - 1);
  const rowsBetweenRestarts = restartInterval / columns;
  if (!Number.isInteger(rowsBetweenRestarts)) throw new Error("a restart interval that is not of whole rows");
  for (let row = 0; row < rows; row++) {
    const isFirst = row === 0 || (rowsBetweenRestarts > 0 && row % rowsBetweenRestarts === 0);
    if (isFirst && row > 0 && !bits.restart())
      throw truncatedError(image.source, "its JPEG stream ends before its last restart interval");
    const start = row * columns;
    for (let column = 0; column < columns; column++) {
      const at = start + column;
      let prediction = middle;
      if (column > 0 && isFirst) prediction = samples[at - 1] ?? 0;
      else if (column > 0) prediction = predict(samples, at, columns);
      else if (!isFirst) prediction = samples[at - columns] ?? 0;
      const category = bits.symbol(dcTable);
      samples[at] = prediction + (category === 16 ? 32768 : bits.signed(category)); // the array wraps at 2^16
    }
    if (bits.isOverrun) throw truncatedError(image.source, `its JPEG stream ends in row ${row} of ${rows}`);
  }
  if (pointTransform > 0)
    for (let at = 0; at < samples.length; at++) samples[at] = (samples[at] ?? 0) << pointTransform;
  return samples;
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
