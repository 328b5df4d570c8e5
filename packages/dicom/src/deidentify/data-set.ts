import { vrTags } from "./vr-tags.ts";

/**
 * One element of a data set, PS3.5 section 7.1. Values of several bytes are little endian, whatever the file was; text is in
 * the file's character set. A sequence's items are data sets of their own. Encapsulated pixel data (PS3.5 A.4) is kept as it
 * lies in the file: offset table and fragments, without the delimiter.
 */
export type DataElement =
  | { tag: number; vr: string; value: Uint8Array }
  | { tag: number; vr: "SQ"; items: DataElement[][] }
  | { tag: number; vr: "OB"; fragments: Uint8Array };

export const tags = {
  mediaStorageSopClassUid: 0x00020002,
  mediaStorageSopInstanceUid: 0x00020003,
  transferSyntaxUid: 0x00020010,
  sopClassUid: 0x00080016,
  sopInstanceUid: 0x00080018,
  patientId: 0x00100020,
  studyInstanceUid: 0x0020000d,
  bitsAllocated: 0x00280100,
  bitsStored: 0x00280101,
  highBit: 0x00280102,
  pixelRepresentation: 0x00280103,
  /** Of each of the groups 60xx. */
  overlayBitPosition: 0x0102,
  pixelData: 0x7fe00010,
};

/** Of odd groups, PS3.5 section 7.8. */
export function isPrivate(tag: number): boolean {
  return (tag >>> 16) % 2 === 1;
}

let vrs: Map<number, string> | undefined;

/** The VR that PS3.6 gives an element; `XS` where it is US or SS by Pixel Representation; undefined for what it does not know. */
export function vrOf(tag: number): string | undefined {
  vrs ??= new Map(
    Object.entries(vrTags).flatMap(([vr, list]) =>
      list
        .trim()
        .split(/\s+/)
        .map((text): [number, string] => [Number.parseInt(text, 16), vr]),
    ),
  );
  return vrs.get(tag);
}

/** Text of a value, a character a byte, without padding. */
export function textOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length)
    .toString("latin1")
    .replace(/^[\0 ]+|[\0 ]+$/g, "");
}

/** The text of an element of the data set itself; undefined where it is absent, empty or no text. */
export function textAt(elements: DataElement[], tag: number): string | undefined {
  const element = elements.find((candidate) => candidate.tag === tag);
  return element !== undefined && "value" in element ? textOf(element.value) || undefined : undefined;
}

/** An element of text, padded to even length as its VR wants, PS3.5 section 6.2. */
export function textElement(tag: number, vr: string, text: string): DataElement {
  return { tag, vr, value: Buffer.from(text.length % 2 === 0 ? text : text + (vr === "UI" ? "\0" : " "), "latin1") };
}
