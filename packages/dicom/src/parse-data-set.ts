import dicomParser, { type DataSet } from "dicom-parser";
import { inflateRawSync } from "node:zlib";
import { messageOf } from "@mammoflow/runtime";
import { maxFrameBytes } from "./dicom-image.ts";
import { DicomError, corruptError, truncatedError } from "./errors.ts";

const explicitLittleEndian = "1.2.840.10008.1.2.1";
const implicitLittleEndian = "1.2.840.10008.1.2";
const preambleBytes = 128;
const untilTag = "x7fe00010";

/** A parsed data set, and the transfer syntax (PS3.5 section 10) that it is written in. */
export interface ParsedDataSet {
  dataSet: DataSet;
  transferSyntaxUid: string;
}

/**
 * Parses every element before Pixel Data (7FE0,0010), whose place is noted but whose content is not touched.
 *
 * Reads the file format of PS3.10 section 7.1, and what is met in practice though the standard has no word for it: a file
 * without the preamble, without file meta information, or with one that names no transfer syntax.
 *
 * @throws DicomError `DICOM_NOT_DICOM`, `DICOM_TRUNCATED`, `DICOM_CORRUPT`
 */
export function parseDataSet(bytes: Uint8Array, source: string): ParsedDataSet {
  try {
    const file = withPreamble(bytes);
    return file === undefined ? parseBare(bytes, source) : parseFile(file, source);
  } catch (error) {
    throw error instanceof DicomError ? error : parseError(error, source);
  }
}

/** The bytes with preamble and DICM mark, added where only they are missing; undefined where file meta information is. */
function withPreamble(bytes: Uint8Array): Uint8Array | undefined {
  if (asciiAt(bytes, preambleBytes, 4) === "DICM") return bytes;
  const startsWithMark = asciiAt(bytes, 0, 4) === "DICM";
  const startsWithMeta = groupOf(bytes) === 0x0002 && hasExplicitVr(bytes);
  if (!startsWithMark && !startsWithMeta) return undefined;
  const fileMeta = startsWithMark ? bytes.subarray(4) : bytes;
  const file = new Uint8Array(preambleBytes + 4 + fileMeta.length);
  file.set(Buffer.from("DICM"), preambleBytes);
  file.set(fileMeta, preambleBytes + 4);
  return file;
}

function parseFile(file: Uint8Array, source: string): ParsedDataSet {
  // The cast: dicom-parser tells where the file meta information ends, its types do not.
  const fileMeta = dicomParser.readPart10Header(file) as DataSet & { position: number };
  const transferSyntaxUid = fileMeta.elements["x00020010"] && fileMeta.string("x00020010");
  if (transferSyntaxUid === undefined) return parseBare(file.subarray(fileMeta.position), source);
  return { dataSet: dicomParser.parseDicom(file, { untilTag, inflater }), transferSyntaxUid };
}

function parseBare(bytes: Uint8Array, source: string): ParsedDataSet {
  const isExplicit = hasExplicitVr(bytes);
  const isShort = ((bytes[6] ?? 1) | (bytes[7] ?? 1)) === 0; // an implicit element of less than 64 KiB
  if (groupOf(bytes) !== 0x0008 || !(isExplicit || isShort))
    throw new DicomError({
      code: "DICOM_NOT_DICOM",
      message: `${source} is not a DICOM file: it has neither the DICM mark nor a data set; check where it came from.`,
    });
  const transferSyntaxUid = isExplicit ? explicitLittleEndian : implicitLittleEndian;
  const dataSet = dicomParser.parseDicom(bytes, { untilTag, TransferSyntaxUID: transferSyntaxUid });
  return { dataSet, transferSyntaxUid };
}

/** Deflated Explicit VR Little Endian, PS3.5 A.5: everything behind the file meta information is one raw deflate stream. */
function inflater(bytes: Uint8Array, position: number): Uint8Array {
  return inflateRawSync(bytes.subarray(position), { maxOutputLength: 2 * maxFrameBytes });
}

function groupOf(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
}

function hasExplicitVr(bytes: Uint8Array): boolean {
  return /^[A-Z]{2}$/.test(asciiAt(bytes, 4, 2));
}

function asciiAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

/** dicom-parser throws plain strings, or `{ exception }` when it had read part of the data set. */
function parseError(error: unknown, source: string): DicomError {
  const thrown = typeof error === "object" && error !== null && "exception" in error ? error.exception : error;
  const reason = messageOf(thrown);
  if (/past|overrun|overread|end of (file|buffer)/i.test(reason))
    return truncatedError(source, "its header has no end");
  return corruptError(source, `its header cannot be parsed (${reason})`, error);
}
