import type { DataSet } from "dicom-parser";
import { constants, inflateRawSync, inflateSync } from "node:zlib";
import { DicomError, corruptError, truncatedError } from "../errors.ts";
import { describeEncoding, findEncoding } from "./find-encoding.ts";
import { readElements } from "./read-elements.ts";
import { textOf } from "./values.ts";
import { type Elements, type Encoding, type Extent, walkElements } from "./walk-elements.ts";

/** Where elements lie. */
export interface LocatedElements {
  /** A file, or what was inflated from it. */
  extent: Extent;
  /** Every element, up to Pixel Data, in the order of the file. */
  elements: Elements;
}

/** A parsed data set, and the transfer syntax (PS3.5 section 10) that it is written in. */
export interface ParsedDataSet extends LocatedElements {
  /** The attributes to read, as dicom-parser has them. */
  dataSet: DataSet;
  /** File meta information, undefined where the file has none. */
  meta: LocatedElements | undefined;
  transferSyntaxUid: string;
  /** SOP Class UID (0008,0016), else what the file meta information says in its place. */
  sopClassUid: string | undefined;
  warnings: string[];
}

export const explicitLittleEndianSyntax = "1.2.840.10008.1.2.1";
const implicitLittleEndianSyntax = "1.2.840.10008.1.2";
const explicitBigEndianSyntax = "1.2.840.10008.1.2.2";
export const deflatedSyntax = "1.2.840.10008.1.2.1.99";
const nativeSyntaxes = [
  explicitLittleEndianSyntax,
  implicitLittleEndianSyntax,
  explicitBigEndianSyntax,
  deflatedSyntax,
];
/** What is inflated is held beside the frame that is made of it: the two may take what a frame alone may take elsewhere. */
const maxInflatedBytes = 56 * 1024 * 1024;
/** Of deflate: two bits stand for 258 bytes at most. */
const largestExpansion = 1032;
const explicitLittleEndian: Encoding = { isExplicit: true, isLittleEndian: true };

/**
 * Finds every element up to Pixel Data (7FE0,0010), and reads those that say something about the image.
 *
 * Takes the file format of PS3.10 section 7.1, and what is met in practice though the standard has no word for it: a file
 * without the preamble, without file meta information, with one that names no transfer syntax or the wrong one.
 *
 * @throws DicomError `DICOM_NOT_DICOM`, `DICOM_TRUNCATED`, `DICOM_CORRUPT`, `DICOM_TOO_LARGE`
 */
export function parseDataSet(bytes: Uint8Array, source: string): ParsedDataSet {
  const meta = readFileMeta(bytes, source);
  const body = extentOf(bytes, meta?.end ?? 0, source);
  const named = meta?.transferSyntaxUid;
  if (named === undefined) return parseUnnamed(body, meta);
  if (body.start + 8 > body.end) throw truncatedError(source, "behind its file meta information there is nothing");

  const inflated = named === deflatedSyntax ? inflate(body) : body;
  const declared = encodingOf(named);
  const found = findEncoding({ ...inflated, encoding: declared }) ?? declared;
  if (found === declared) return parseBody({ ...inflated, encoding: declared }, named, meta, []);
  const warning = `its transfer syntax ${named} means ${describeEncoding(declared)}, but it is ${describeEncoding(found)}`;
  const actual = isNativeSyntax(named) ? syntaxOf(found) : named;
  return parseBody({ ...inflated, encoding: found }, actual, meta, [warning]);
}

/** True for the transfer syntaxes of uncompressed pixels, PS3.5 A.1, A.2, A.3 (retired) and A.5. */
export function isNativeSyntax(transferSyntaxUid: string): boolean {
  return nativeSyntaxes.includes(transferSyntaxUid);
}

/** The bytes of a value as they lie in the file, a view; as many as there are where the element says it has more. */
export function valueBytes({ extent, elements }: LocatedElements, tag: number): Uint8Array {
  const { start, end } = elements.get(tag) ?? { start: 0, end: 0 };
  return new Uint8Array(extent.view.buffer, extent.view.byteOffset, extent.end).subarray(start, end);
}

/** File meta information: what is asked for, (0002,0010) and (0002,0002), and the position behind it. */
interface FileMeta extends LocatedElements {
  transferSyntaxUid: string | undefined;
  sopClassUid: string | undefined;
  end: number;
}

/** PS3.10 section 7.1: group 0002 in explicit little endian; where it begins depends on what is missing before it. */
function readFileMeta(bytes: Uint8Array, source: string): FileMeta | undefined {
  const text = (start: number, end: number) => Buffer.from(bytes.subarray(start, end)).toString("latin1");
  const startsWithGroup2 = bytes[0] === 2 && bytes[1] === 0 && /^[A-Z]{2}$/.test(text(4, 6));
  const start = text(128, 132) === "DICM" ? 132 : text(0, 4) === "DICM" ? 4 : startsWithGroup2 ? 0 : undefined;
  if (start === undefined) return undefined;
  const extent = extentOf(bytes, start, source);
  const { elements, end } = walkElements(extent, (tag) => tag >>> 16 !== 0x0002);
  const uid = (tag: number) => {
    const element = elements.get(tag);
    return (element && /[\d.]+/.exec(text(element.start, Math.min(element.end, element.start + 64)))?.[0]) || undefined;
  };
  return { transferSyntaxUid: uid(0x00020010), sopClassUid: uid(0x00020002), extent, elements, end };
}

/** A data set that nothing describes: read as what it looks like, if it looks like one. */
function parseUnnamed(body: Extent, meta: FileMeta | undefined): ParsedDataSet {
  const found = findEncoding(body);
  const group = body.start + 8 <= body.end && found && body.view.getUint16(body.start, found.isLittleEndian);
  if (found === undefined || (meta === undefined && group !== 0x0008))
    throw new DicomError({
      code: "DICOM_NOT_DICOM",
      message: `${body.source} is not a DICOM file: it has neither the DICM mark nor a data set; check where it came from.`,
    });
  const warning = `it names no transfer syntax, and is read as ${describeEncoding(found)}`;
  return parseBody({ ...body, encoding: found }, syntaxOf(found), meta, [warning]);
}

function parseBody(
  extent: Extent,
  transferSyntaxUid: string,
  meta: FileMeta | undefined,
  warnings: string[],
): ParsedDataSet {
  const { elements } = walkElements(extent);
  const dataSet = readElements(extent, elements, syntaxOf(extent.encoding), warnings);
  return {
    dataSet,
    extent,
    elements,
    meta,
    transferSyntaxUid,
    sopClassUid: textOf(dataSet, 0x00080016) ?? meta?.sopClassUid,
    warnings,
  };
}

/** All syntaxes but two write their elements in explicit little endian, PS3.5 A.4. */
function encodingOf(transferSyntaxUid: string): Encoding {
  return {
    isExplicit: transferSyntaxUid !== implicitLittleEndianSyntax,
    isLittleEndian: transferSyntaxUid !== explicitBigEndianSyntax,
  };
}

function syntaxOf({ isExplicit, isLittleEndian }: Encoding): string {
  if (!isExplicit) return implicitLittleEndianSyntax;
  return isLittleEndian ? explicitLittleEndianSyntax : explicitBigEndianSyntax;
}

/**
 * Deflated Explicit VR Little Endian, PS3.5 A.5: everything behind the file meta information is one raw deflate stream. Some
 * writers put zlib's header before it.
 */
function inflate({ view, start, source }: Extent): Extent {
  const deflated = new Uint8Array(view.buffer, view.byteOffset + start, view.byteLength - start);
  // One buffer, of which only what is filled takes memory: from several, zlib makes a second copy of everything.
  const chunkSize = Math.max(1024, Math.min(deflated.length * largestExpansion, maxInflatedBytes + 1));
  const options = { chunkSize, maxOutputLength: maxInflatedBytes, finishFlush: constants.Z_SYNC_FLUSH };
  const hasZlibHeader = deflated[0] === 0x78 && (0x7800 + (deflated[1] ?? 0)) % 31 === 0;
  try {
    return extentOf((hasZlibHeader ? inflateSync : inflateRawSync)(deflated, options), 0, source);
  } catch (error) {
    if (error instanceof RangeError)
      throw new DicomError({
        code: "DICOM_TOO_LARGE",
        message: `${source} is deflated and inflates to more than the 56 MiB accepted; leave it out.`,
      });
    throw corruptError(source, "its deflated data set cannot be inflated", error);
  }
}

function extentOf(bytes: Uint8Array, start: number, source: string): Extent {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { view, start, end: bytes.length, encoding: explicitLittleEndian, source };
}
