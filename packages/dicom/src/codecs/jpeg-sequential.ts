import type { DicomImage } from "../dicom-image.ts";
import { corruptError } from "../errors.ts";
import { type Codec, type DecodedFrame, valuesFrame } from "./codec.ts";
import { checkSize } from "./check-size.ts";
import { type HuffmanCodes, type Scan, readScan } from "./jpeg/scan.ts";
import { decodeSequentialInKernels } from "./kernels/decode-sequential.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { decodeSequentialPlainly } from "./plain/decode-sequential.ts";

/** A scan of a sequential DCT frame, whole. */
export interface SequentialScan extends Pick<Scan, "frame" | "dcCodes" | "entropyCoded" | "restartInterval"> {
  acCodes: HuffmanCodes;
  quantization: Uint16Array;
}

const sequentialKinds = [0xc0, 0xc1];

/** JPEG Baseline, 8 bit: sequential DCT with Huffman codes, T.81 annex F, PS3.5 A.4.1. */
export const jpegBaseline: Codec = {
  name: "JPEG Baseline",
  transferSyntaxes: ["1.2.840.10008.1.2.4.50"],
  decode: decodeSequential,
};

/** JPEG Extended, the same with 12 (or 8) bits. */
export const jpegExtended: Codec = {
  name: "JPEG Extended",
  transferSyntaxes: ["1.2.840.10008.1.2.4.51"],
  decode: decodeSequential,
};

async function decodeSequential(image: DicomImage): Promise<DecodedFrame> {
  const scan = readSequentialScan(image.encoded, image.source);
  checkSize(scan.frame, image);
  const kernels = loadKernels();
  const cells = kernels
    ? decodeSequentialInKernels(scan, kernels, image.source)
    : decodeSequentialPlainly(scan, image.source);
  return valuesFrame(cells, scan.frame.precision);
}

/**
 * @throws DicomError `DICOM_CORRUPT` for another kind of stream; Error with a clause where there is no scan
 */
export function readSequentialScan(stream: Uint8Array, source: string): SequentialScan {
  const scan = readScan(stream);
  const { frame, acCodes, quantization } = scan;
  if (!sequentialKinds.includes(frame.kind))
    throw corruptError(source, "its JPEG stream is not a sequential one, as its transfer syntax says it is");
  if (frame.precision !== 8 && frame.precision !== 12)
    throw corruptError(source, `its JPEG stream has ${frame.precision} bits a sample, not 8 or 12`);
  if (acCodes === undefined || quantization === undefined) throw corruptError(source, "its JPEG stream lacks a table");
  return { ...scan, acCodes, quantization };
}
