import type { DicomImage } from "../dicom-image.ts";
import type { Cells } from "../stored-values.ts";

/** One frame out of a codec: `rows * columns` cells, and where in a cell the value lies. */
export interface DecodedFrame {
  cells: Cells;
  bitsStored: number;
  highBit: number;
}

/**
 * Turns the encoded first frame of an image into pixel cells.
 *
 * A codec of whole cells (native, RLE) passes the header's `bitsStored` and `highBit` on; a codec of values (the JPEG
 * family) reports the precision of its bit stream, which is the truth where header and stream disagree.
 */
export interface Codec {
  /** As people call it, for messages: "JPEG 2000". */
  name: string;
  /** UIDs, PS3.6 annex A. */
  transferSyntaxes: readonly string[];
  decode(image: DicomImage): Promise<DecodedFrame>;
}

/** A frame of values with `precision` bits each. */
export function valuesFrame(cells: Cells, precision: number): DecodedFrame {
  return { cells, bitsStored: precision, highBit: precision - 1 };
}
