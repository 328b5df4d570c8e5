import { messageOf } from "@mammoflow/runtime";
import { checkMemory } from "./codecs/check-memory.ts";
import type { DecodedFrame } from "./codecs/codec.ts";
import { releaseLargeKernels } from "./codecs/kernels/load-kernels.ts";
import { codecFor } from "./codecs/registry.ts";
import type { DicomImage, Pixels } from "./dicom-image.ts";
import { encodedFrame } from "./encoded-frames.ts";
import { DicomError, corruptError } from "./errors.ts";
import { storedValues } from "./stored-values.ts";

/** JPEG Lossless and JPEG-LS Lossless, PS3.5 A.4.1 and A.4.3: their streams say nothing about a sign, and some hold cells. */
const cellSyntaxes = new Set(["1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80"]);

/** How to decode. */
export interface DecodeOptions {
  /** Which frame, from 0; the first by default. */
  frame?: number;
  /**
   * `clear` by default. `unchecked` leaves what may lie above the stored bits of an unsigned cell of 16 bits where it is, and
   * saves a pass over the frame for a caller who looks for values above `2 ** bitsStored - 1` anyway.
   */
  unusedBits?: "clear" | "unchecked";
}

/**
 * Decodes one frame.
 *
 * @returns stored values, `rows * columns` of them; they may lie in the file's bytes or in a decoder's memory: do not write to
 *   them, and use them before the next frame is decoded
 * @throws DicomError `DICOM_NO_SUCH_FRAME`, `DICOM_UNSUPPORTED_SYNTAX`, `DICOM_TRUNCATED`, `DICOM_CORRUPT`, `DICOM_TOO_LARGE`
 */
export async function decodePixels(
  image: DicomImage,
  { frame = 0, unusedBits = "clear" }: DecodeOptions = {},
): Promise<Pixels> {
  const codec = codecFor(image);
  const ofFrame = frame === 0 ? image : { ...image, encoded: encodedFrame(image.pixelData, frame, image) };
  checkMemory(ofFrame);
  const decoded = await codec
    .decode(ofFrame)
    .catch((error: unknown) => {
      if (error instanceof DicomError) throw error;
      throw corruptError(image.source, `its ${codec.name} pixel data cannot be decoded (${messageOf(error)})`, error);
    })
    .finally(releaseLargeKernels);
  if (decoded.cells.length !== image.rows * image.columns)
    throw corruptError(
      image.source,
      `its ${codec.name} pixel data holds ${decoded.cells.length} samples, its header says ${image.columns} x ${image.rows}`,
    );
  const { bitsStored, highBit } = valueLayout(decoded, image);
  return {
    samples: storedValues(decoded.cells, { bitsStored, highBit, isSigned: image.isSigned, unusedBits }),
    rows: image.rows,
    columns: image.columns,
    bitsStored,
    isSigned: image.isSigned,
    warnings: compareBits(decoded, codec.name, image),
  };
}

/**
 * Which bits of a cell are its value. A codec knows how many its stream has, and is believed against the header. But a lossless
 * stream with all bits of a cell holds cells as they were, with what was in their unused bits ("true lossless" encoders).
 */
function valueLayout(decoded: DecodedFrame, image: DicomImage): { bitsStored: number; highBit: number } {
  const isWholeCells = cellSyntaxes.has(image.transferSyntaxUid) && decoded.bitsStored === image.bitsAllocated;
  return isWholeCells ? image : decoded;
}

function compareBits({ bitsStored }: DecodedFrame, codec: string, image: DicomImage): string[] {
  if (bitsStored === image.bitsStored || bitsStored === image.bitsAllocated) return [];
  return [`its ${codec} stream has ${bitsStored} bits a pixel, its header says ${image.bitsStored}`];
}
