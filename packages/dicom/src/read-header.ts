import { codecFor } from "./codecs/registry.ts";
import { deflatedSyntax, isNativeSyntax, valueBytes } from "./data-set/parse-data-set.ts";
import { textOf } from "./data-set/values.ts";
import { pixelDataTag } from "./data-set/walk-elements.ts";
import { findPixelDataStart } from "./encoded-frames.ts";
import { DicomError } from "./errors.ts";
import { type ImageFacts, readFacts, syntaxOfPixels } from "./read-dicom.ts";

export interface DicomHeader {
  /** What `readDicom` says, but for the pixels. */
  image: ImageFacts;
  /** Patient ID (0010,0020), for telling patients apart: to be compared by hash, never shown nor kept. */
  patientId?: string;
}

/** How a header reads whose end is missing. */
const unfinished = new Set(["DICOM_TRUNCATED", "DICOM_CORRUPT", "DICOM_NO_PIXELS"]);
/** So much of the pixel data shows of what kind it is. */
const telltaleBytes = 4096;

/**
 * Reads the header of a file out of its first bytes, so that nobody need read 20 MB of pixels for it. Says about the file
 * what `readDicom` and `decodePixels` would, as far as that can be known: from its size, that it is cut short.
 *
 * @param start the first bytes of the file, a thousand at least; a mammogram's header is seldom longer than 64 KiB
 * @param sizeBytes of the whole file
 * @returns undefined when the header goes on behind `start`: come back with more
 * @throws DicomError, see its codes
 */
export function readHeader(start: Uint8Array, source: string, sizeBytes: number): DicomHeader | undefined {
  const isPart = start.length < sizeBytes;
  const read = isPart ? factsOfPart(start, source) : readFacts(start, source);
  if (read === undefined) return undefined;
  const { parsed, image } = read;
  if (isPart && valueBytes(parsed, pixelDataTag).length < telltaleBytes) return undefined;
  const { transferSyntaxUid } = image;
  // Of a deflated file nobody knows how much is behind the part that was inflated.
  const behindBytes = isPart && transferSyntaxUid === deflatedSyntax ? Infinity : sizeBytes - start.length;
  const stream = findPixelDataStart(parsed, image, !isNativeSyntax(transferSyntaxUid), behindBytes);
  image.transferSyntaxUid = syntaxOfPixels(transferSyntaxUid, stream, image.warnings);
  codecFor(image);
  const patientId = textOf(parsed.dataSet, 0x00100020);
  return { image, ...(patientId !== undefined && { patientId }) };
}

/** undefined where the header's end is missing */
function factsOfPart(start: Uint8Array, source: string): ReturnType<typeof readFacts> | undefined {
  try {
    return readFacts(start, source);
  } catch (error) {
    if (error instanceof DicomError && unfinished.has(error.code)) return undefined;
    throw error;
  }
}
