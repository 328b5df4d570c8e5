import type { DicomImage } from "../dicom-image.ts";
import { corruptError, truncatedError } from "../errors.ts";
import type { Codec } from "./codec.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { unpackRleInKernels } from "./kernels/unpack-rle.ts";
import { unpackRlePlainly } from "./plain/unpack-rle.ts";

/** An RLE frame: the bytes of its cells in planes, most significant byte first, each packed on its own. */
export interface RlePlanes {
  encoded: Uint8Array;
  /** Views into `encoded`. */
  planes: Uint8Array[];
  /** Number of cells. */
  samples: number;
}

const headerBytes = 64;
/** Two bytes, a repeat count and a value, stand for 128 at most. */
const largestExpansion = 64;

/** RLE Lossless, PS3.5 annex G. */
export const rle: Codec = {
  name: "RLE",
  transferSyntaxes: ["1.2.840.10008.1.2.5"],
  async decode(image) {
    const frame = readRlePlanes(image);
    const kernels = frame.planes.length <= 2 ? loadKernels() : undefined;
    const cells = kernels ? unpackRleInKernels(frame, kernels, image.source) : unpackRlePlainly(frame, image.source);
    return { cells, bitsStored: image.bitsStored, highBit: image.highBit };
  },
};

/**
 * Reads the header of an RLE frame, PS3.5 G.5.
 *
 * @throws DicomError `DICOM_TRUNCATED` when there are too few bytes for the picture, `DICOM_CORRUPT`
 */
export function readRlePlanes({ encoded, rows, columns, bitsAllocated, source }: DicomImage): RlePlanes {
  const samples = rows * columns;
  const bytesPerCell = bitsAllocated / 8;
  if (encoded.length < headerBytes) throw truncatedError(source, "its RLE header is not whole");
  if ((encoded.length - headerBytes) * largestExpansion < samples * bytesPerCell)
    throw truncatedError(source, `${encoded.length} bytes of RLE cannot hold ${columns} x ${rows} pixels`);
  const header = new DataView(encoded.buffer, encoded.byteOffset, headerBytes);
  const segments = header.getUint32(0, true);
  if (segments !== bytesPerCell)
    throw corruptError(source, `its RLE data has ${segments} byte planes where ${bytesPerCell} are due`);
  const planes = Array.from({ length: segments }, (_, segment) => {
    const start = header.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? header.getUint32(8 + 4 * segment, true) : encoded.length;
    return encoded.subarray(start, end);
  });
  return { encoded, planes, samples };
}
