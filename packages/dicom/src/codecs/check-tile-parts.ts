import type { DicomImage } from "../dicom-image.ts";
import { corruptError } from "../errors.ts";
import { Segments } from "./jpeg-2000/segments.ts";

const tilePart = 0xff90;
const headerBytes = 14;

/**
 * Follows the tile-parts of a codestream by their lengths (ISO/IEC 15444-1 A.4.2): OpenJPH goes round in circles over one that
 * leads out of the stream.
 *
 * @throws DicomError `DICOM_CORRUPT`; Error with a clause where the segments before them are not whole
 */
export function checkTileParts({ encoded, source }: DicomImage): void {
  const segments = new Segments(encoded);
  while (segments.next() !== tilePart)
    if (segments.marker === 0) throw corruptError(source, "its pixel data has no tile");
  while (segments.marker === tilePart) {
    const { start, parameters } = segments;
    const bytes = parameters.byteLength < 8 ? -1 : parameters.getUint32(2);
    if (bytes === 0) return; // up to the end of the stream
    if (bytes < headerBytes || start + bytes > encoded.length)
      throw corruptError(source, "its pixel data has a tile of an impossible length");
    segments.end = start + bytes;
    segments.next();
  }
}
