import {
  explicitLittleEndianSyntax,
  isNativeSyntax,
  type ParsedDataSet,
  parseDataSet,
} from "./data-set/parse-data-set.ts";
import { findCodec } from "./codecs/registry.ts";
import type { DicomImage } from "./dicom-image.ts";
import { encodedFrame, findPixelData } from "./encoded-frames.ts";
import { readGreyScale } from "./header/read-grey-scale.ts";
import { readPixelFacts } from "./header/read-pixel-facts.ts";
import { readView } from "./header/read-view.ts";
import { syntaxesOfStream } from "./syntax-of-stream.ts";

/**
 * Reads the header of a single-channel image and finds its pixel data; decodes nothing.
 *
 * Attributes of identity (SOP Class and Instance UID, Patient ID) may be absent or malformed, as in public data sets that
 * were de-identified by hand; only what the pixels need is required.
 *
 * @param source the name of the file, for error messages
 * @throws DicomError, see its codes
 */
export function readDicom(bytes: Uint8Array, source: string): DicomImage {
  const { parsed, image } = readFacts(bytes, source);
  const { transferSyntaxUid, warnings } = image;
  const pixelData = findPixelData(parsed, image, !isNativeSyntax(transferSyntaxUid));
  const encoded = encodedFrame(pixelData, 0, image);
  const stream = pixelData.isEncapsulated ? encoded : undefined;
  return { ...image, transferSyntaxUid: syntaxOfPixels(transferSyntaxUid, stream, warnings), pixelData, encoded };
}

/** What is known without a look at Pixel Data; the transfer syntax is the one that the header claims. */
export type ImageFacts = Omit<DicomImage, "pixelData" | "encoded">;

/** @throws DicomError as `readDicom` */
export function readFacts(bytes: Uint8Array, source: string): { parsed: ParsedDataSet; image: ImageFacts } {
  const parsed = parseDataSet(bytes, source);
  const { dataSet, transferSyntaxUid, warnings } = parsed;
  const facts = readPixelFacts(parsed, source);
  const grey = readGreyScale(dataSet, facts, warnings);
  return { parsed, image: { source, transferSyntaxUid, ...facts, ...grey, ...readView(dataSet), warnings } };
}

/**
 * The transfer syntax that the pixels really have: files are met whose compressed streams are of another kind than the header
 * says, or that were decompressed without a word about it. A syntax that is not known stays: private ones keep cells in orders of
 * their own, which nothing in the file tells.
 *
 * @param stream a frame, undefined where it is not compressed
 */
export function syntaxOfPixels(declared: string, stream: Uint8Array | undefined, warnings: string[]): string {
  const found =
    stream !== undefined
      ? syntaxesOfStream(stream)
      : isNativeSyntax(declared) || findCodec(declared) === undefined
        ? undefined
        : [explicitLittleEndianSyntax];
  if (found?.[0] === undefined || found.includes(declared)) return declared;
  warnings.push(`its transfer syntax is ${declared}, but its pixel data is of ${found[0]}, and is read as that`);
  return found[0];
}
