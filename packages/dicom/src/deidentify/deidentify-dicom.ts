import { createHash } from "node:crypto";
import { explicitLittleEndianSyntax } from "../data-set/parse-data-set.ts";
import { type DataElement, tags, textAt, textElement } from "./data-set.ts";
import { type AttributeCounts, deidentifyElements } from "./deidentify-elements.ts";
import { type DeidentifiedPixels, deidentifyPixels, type MaskFrame } from "./deidentify-pixels.ts";
import { createPseudonyms } from "./pseudonyms.ts";
import { readDataSet } from "./read-data-set.ts";
import { writeDataSet } from "./write-data-set.ts";

/** Smallest and largest value of the image and of the series, which burnt-in text may have been. */
const rangeTags = new Set([0x00280106, 0x00280107, 0x00280108, 0x00280109]);
/** Extended Offset Table, its lengths, and Encapsulated Pixel Data Value Total Length; PS3.3 C.7.6.3.1.8. */
const offsetTags = new Set([0x7fe00001, 0x7fe00002, 0x7fe00003]);

export interface DeidentifyOptions {
  /** At least 32 random bytes; who has them and the originals can tell who is who. */
  key: Uint8Array;
  maskFrame: MaskFrame;
  /** Writes pixels without compression even where none changed; false by default. */
  decompress?: boolean;
}

export interface DeidentifiedDicom {
  bytes: Buffer;
  /** As in the output; undefined where the file has none. */
  studyInstanceUid: string | undefined;
  sopInstanceUid: string;
  attributes: AttributeCounts;
  pixels: "masked" | "not masked" | "none";
  changedPixels: number;
  /** Whose dates moved together: the patient's, or, where the file names no patient, those of a study or of this file alone. */
  datesMovedBy: "patient" | "study" | "file";
}

/**
 * De-identifies a file by PS3.15 annex E: Basic Application Level Confidentiality Profile, with the options Retain
 * Longitudinal Temporal Information with Modified Dates (dates go back by days that the key gives the patient) and, where the
 * pixels could be masked, Clean Pixel Data.
 *
 * A function of its arguments alone: files of one patient stay together when they are given the same key. Identifiers that are
 * no UIDs become UIDs. Pixels that did not change stay in their transfer syntax, the header is explicit VR little endian.
 *
 * @param source the name of the file, for error messages
 * @throws DicomError when the file cannot be read whole, its pixels included
 */
export async function deidentifyDicom(
  bytes: Uint8Array,
  source: string,
  { key, maskFrame, decompress = false }: DeidentifyOptions,
): Promise<DeidentifiedDicom> {
  const file = readDataSet(bytes, source);
  const pixels = await deidentifyPixels({ bytes, source, elements: file.elements, maskFrame, decompress });
  const pseudonyms = createPseudonyms(key);
  const longitudinal = whoseDates(file.elements, bytes);
  const attributes: AttributeCounts = { removed: {}, emptied: {}, replaced: {}, moved: {} };
  const kept = deidentifyElements(file.elements, {
    pseudonyms,
    daysBack: pseudonyms.daysBack(longitudinal.name),
    counts: attributes,
  });

  const sopInstanceUid =
    textAt(kept, tags.sopInstanceUid) ??
    pseudonyms.uid(textAt(file.meta, tags.mediaStorageSopInstanceUid) ?? sha256(bytes));
  const current = kept.filter(({ tag }) => !isStale(tag, pixels));
  const written = writeDataSet([...current, ...(pixels.elements ?? []), ...statements(pixels)], {
    transferSyntaxUid: pixels.transferSyntaxUid ?? explicitLittleEndianSyntax,
    // Data sets made public leave the class out, or have 1.2.3.4 here.
    sopClassUid: textAt(kept, tags.sopClassUid) ?? textAt(file.meta, tags.mediaStorageSopClassUid) ?? "1.2.3.4",
    sopInstanceUid,
  });
  return {
    bytes: written,
    studyInstanceUid: textAt(kept, tags.studyInstanceUid),
    sopInstanceUid,
    attributes,
    pixels: pixels.isMasked === undefined ? "none" : pixels.isMasked ? "masked" : "not masked",
    changedPixels: pixels.changedPixels,
    datesMovedBy: longitudinal.kind,
  };
}

/** What the header said about pixels that are written anew: ranges that burnt-in text took part in, where fragments began. */
function isStale(tag: number, { changedPixels, elements }: DeidentifiedPixels): boolean {
  return (changedPixels > 0 && rangeTags.has(tag)) || (elements !== undefined && offsetTags.has(tag));
}

function whoseDates(
  elements: DataElement[],
  bytes: Uint8Array,
): { kind: DeidentifiedDicom["datesMovedBy"]; name: string } {
  const patient = textAt(elements, tags.patientId);
  if (patient !== undefined) return { kind: "patient", name: patient };
  const study = textAt(elements, tags.studyInstanceUid);
  return study === undefined ? { kind: "file", name: sha256(bytes) } : { kind: "study", name: study };
}

/** What the output says about its own de-identification, PS3.3 C.7.1.1 and C.12.1; codes of PS3.16 CID 7050. */
function statements({ isMasked }: DeidentifiedPixels): DataElement[] {
  const codes = [
    code("113100", "Basic Application Confidentiality Profile"),
    code("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ...(isMasked === true ? [code("113101", "Clean Pixel Data Option")] : []),
  ];
  return [
    textElement(0x00120062, "CS", "YES"),
    textElement(0x00120063, "LO", "mammoflow: PS3.15 E.1 Basic Profile, modified dates"),
    { tag: 0x00120064, vr: "SQ", items: codes },
    textElement(0x00280303, "CS", "MODIFIED"),
    ...(isMasked === true ? [textElement(0x00280301, "CS", "NO")] : []),
  ];
}

function code(value: string, meaning: string): DataElement[] {
  return [
    textElement(0x00080100, "SH", value),
    textElement(0x00080102, "SH", "DCM"),
    textElement(0x00080104, "LO", meaning),
  ];
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
