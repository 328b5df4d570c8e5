import type { DicomImage } from "../dicom-image.ts";
import { DicomError } from "../errors.ts";

/** What a process of 300 MiB has for a frame: Node and the code take 77, measured. */
const mostHeldBytes = 216 * 2 ** 20;

/**
 * Refuses a compressed frame that could not be decoded and prepared in a process of 300 MiB. At one time this holds the file,
 * or the frame that is laid over it; the stream where it was joined from fragments; the decoder's copy of the stream, and
 * its picture.
 *
 * @param decoderBytes what the decoder takes beside
 * @throws DicomError `DICOM_TOO_LARGE`
 */
export function checkMemory({ pixelData, encoded, rows, columns, source }: DicomImage, decoderBytes = 0): void {
  if (!pixelData.isEncapsulated) return;
  const { fragments } = pixelData;
  const fileBytes = fragments.reduce((sum, { length }) => sum + length, 0);
  const pictureBytes = 2 * rows * columns;
  const joinedBytes = fragments.includes(encoded) ? 0 : encoded.length;
  const held = Math.max(fileBytes, pictureBytes) + joinedBytes + encoded.length + pictureBytes + decoderBytes;
  if (held <= mostHeldBytes) return;
  throw new DicomError({
    code: "DICOM_TOO_LARGE",
    message: `${source} takes ${mebibytes(held)} MiB to decode ${columns} x ${rows} pixels out of ${mebibytes(encoded.length)}, more than the ${mebibytes(mostHeldBytes)} accepted; convert it to uncompressed pixels.`,
  });
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
