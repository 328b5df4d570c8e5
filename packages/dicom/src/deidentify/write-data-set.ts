import { itemTag, longVrs, sequenceDelimiterTag, undefinedLength } from "../data-set/walk-elements.ts";
import { implementationClassUid } from "../write-dicom.ts";
import { type DataElement, tags, textElement } from "./data-set.ts";

/** What the file meta information says about the data set, PS3.10 section 7.1. */
export interface FileMeta {
  transferSyntaxUid: string;
  sopClassUid: string;
  sopInstanceUid: string;
}

/**
 * Writes a data set as a file: an empty preamble, file meta information of its own, the elements in ascending order (of equal
 * tags the last) in explicit VR little endian. Sequences and items have their lengths; encapsulated pixel data is carried as it is.
 */
export function writeDataSet(elements: DataElement[], meta: FileMeta): Buffer {
  const described = [
    { tag: 0x00020001, vr: "OB", value: Uint8Array.of(0, 1) },
    textElement(tags.mediaStorageSopClassUid, "UI", meta.sopClassUid),
    textElement(tags.mediaStorageSopInstanceUid, "UI", meta.sopInstanceUid),
    textElement(tags.transferSyntaxUid, "UI", meta.transferSyntaxUid),
    textElement(0x00020012, "UI", implementationClassUid),
  ].flatMap(encoded);
  const metaLength = Buffer.alloc(4);
  metaLength.writeUInt32LE(lengthOf(described));
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    ...encoded({ tag: 0x00020000, vr: "UL", value: metaLength }),
    ...described,
    ...encodedItem(elements),
  ]);
}

/** The elements one after the other, as pieces to be joined. */
function encodedItem(elements: DataElement[]): Uint8Array[] {
  const byTag = new Map(elements.map((element) => [element.tag, element]));
  return [...byTag.values()].toSorted((a, b) => a.tag - b.tag).flatMap(encoded);
}

function encoded(element: DataElement): Uint8Array[] {
  if ("fragments" in element)
    return [header(element.tag, "OB", undefinedLength), element.fragments, tagBytes(sequenceDelimiterTag, 0)];
  if ("items" in element) {
    const items = element.items.flatMap((item) => {
      const pieces = encodedItem(item);
      return [tagBytes(itemTag, lengthOf(pieces)), ...pieces];
    });
    return [header(element.tag, "SQ", lengthOf(items)), ...items];
  }
  const { tag, vr, value } = element;
  const isTooLong = !longVrs.has(vr) && value.length > 0xfffe; // an UN then, PS3.5 section 6.2.2
  const padding = value.length % 2 === 0 ? [] : [Uint8Array.of(paddingOf(vr))];
  return [header(tag, isTooLong ? "UN" : vr, value.length + padding.length), value, ...padding];
}

/** The byte that makes a value even, PS3.5 section 6.2: a space behind text, zero behind all else. */
function paddingOf(vr: string): number {
  return /^(AE|AS|CS|DA|DS|DT|IS|LO|LT|PN|SH|ST|TM|UC|UR|UT)$/.test(vr) ? 0x20 : 0;
}

function header(tag: number, vr: string, length: number): Uint8Array {
  const bytes = Buffer.alloc(longVrs.has(vr) ? 12 : 8);
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
  bytes.write(vr, 4, "latin1");
  if (longVrs.has(vr)) bytes.writeUInt32LE(length, 8);
  else bytes.writeUInt16LE(length, 6);
  return bytes;
}

function tagBytes(tag: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}

function lengthOf(pieces: Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
