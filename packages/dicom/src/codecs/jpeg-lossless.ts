import { corruptError } from "../errors.ts";
import { type Codec, valuesFrame } from "./codec.ts";
import { checkSize } from "./check-size.ts";
import { type Scan, readScan } from "./jpeg/scan.ts";
import { decodeLosslessInKernels } from "./kernels/decode-lossless.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { decodeLosslessPlainly } from "./plain/decode-lossless.ts";

/** A scan of a lossless frame, its numbers checked. */
export interface LosslessScan extends Pick<Scan, "frame" | "dcCodes" | "entropyCoded"> {
  /** Predictor, 1 to 7. */
  selection: number;
  /** Lowest bits that were not encoded. */
  pointTransform: number;
  /** Infinity where there are no restarts. */
  rowsBetweenRestarts: number;
}

const losslessKind = 0xc3;

/** JPEG Lossless, process 14 (any predictor, and selection value 1), T.81 annex H, PS3.5 A.4.1; 2 to 16 bits. */
export const jpegLossless: Codec = {
  name: "JPEG Lossless",
  transferSyntaxes: ["1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"],
  async decode(image) {
    const scan = readLosslessScan(image.encoded, image.source);
    checkSize(scan.frame, image);
    const kernels = loadKernels();
    const cells = kernels
      ? decodeLosslessInKernels(scan, kernels, image.source)
      : decodeLosslessPlainly(scan, image.source);
    return valuesFrame(cells, scan.frame.precision);
  },
};

/**
 * @throws DicomError `DICOM_CORRUPT` for numbers that T.81 does not have; Error with a clause where there is no scan
 */
export function readLosslessScan(stream: Uint8Array, source: string): LosslessScan {
  const { frame, dcCodes, entropyCoded, spectralStart, pointTransform, restartInterval } = readScan(stream);
  if (frame.kind !== losslessKind)
    throw corruptError(source, "its JPEG stream is not a lossless one, as its transfer syntax says it is");
  const { precision, columns } = frame;
  if (precision < 2 || precision > 16 || spectralStart < 1 || spectralStart > 7 || pointTransform >= precision)
    throw corruptError(source, "its JPEG stream declares a precision or a predictor that does not exist");
  if (restartInterval % columns !== 0)
    throw corruptError(source, "its JPEG stream has restart intervals that are not of whole rows");
  const rowsBetweenRestarts = restartInterval === 0 ? Infinity : restartInterval / columns;
  return { frame, dcCodes, entropyCoded, selection: spectralStart, pointTransform, rowsBetweenRestarts };
}
