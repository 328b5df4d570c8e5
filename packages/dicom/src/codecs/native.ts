import type { DicomImage } from "../dicom-image.ts";
import type { Cells } from "../stored-values.ts";
import type { Codec } from "./codec.ts";

const explicitBigEndian = "1.2.840.10008.1.2.2";

/** Uncompressed cells: PS3.5 A.1, A.2, A.5 (deflated as a whole, inflated by now), and the retired big endian A.3. */
export const native: Codec = {
  name: "uncompressed",
  transferSyntaxes: ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", explicitBigEndian],
  async decode(image) {
    const cells = image.transferSyntaxUid === explicitBigEndian ? swapped(image) : littleEndianCells(image);
    return { cells, bitsStored: image.bitsStored, highBit: image.highBit };
  },
};

/** The bytes as numbers without a copy, unless they start at an odd address. */
function littleEndianCells(image: DicomImage): Cells {
  const { encoded, bitsAllocated } = image;
  return cellsOver(encoded.byteOffset % (bitsAllocated / 8) === 0 ? encoded : encoded.slice(), bitsAllocated);
}

function swapped({ encoded, bitsAllocated }: DicomImage): Cells {
  const own = Buffer.from(Uint8Array.from(encoded).buffer); // a view of the copy
  if (bitsAllocated === 16) own.swap16();
  if (bitsAllocated === 32) own.swap32();
  return cellsOver(own, bitsAllocated);
}

function cellsOver(bytes: Uint8Array, bitsAllocated: number): Cells {
  if (bitsAllocated === 8) return bytes;
  if (bitsAllocated === 16) return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
