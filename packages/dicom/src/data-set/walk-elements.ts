import { corruptError, truncatedError } from "../errors.ts";

/** How the elements of a data set are written: PS3.5 section 7.1 (VR explicit or implicit) and 7.3 (byte order). */
export interface Encoding {
  isExplicit: boolean;
  isLittleEndian: boolean;
}

/** Where an element lies. */
export interface Element {
  /** Value representation; undefined where the data set does not say. */
  vr: string | undefined;
  headerStart: number;
  /** Where the value begins. */
  start: number;
  /** Behind the value. Of Pixel Data it is what the element says, which may be more than there is. */
  end: number;
  hasUndefinedLength: boolean;
}

/** By tag: group and element as one number, e.g. 0x00280010. */
export type Elements = ReadonlyMap<number, Element>;

/** Part of a file that holds elements. */
export interface Extent {
  view: DataView;
  start: number;
  end: number;
  encoding: Encoding;
  /** The name of the file, for error messages. */
  source: string;
}

export const pixelDataTag = 0x7fe00010;
export const itemTag = 0xfffee000;
export const itemDelimiterTag = 0xfffee00d;
export const sequenceDelimiterTag = 0xfffee0dd;
export const undefinedLength = 0xffffffff;

/** These have two reserved bytes and a length of four, PS3.5 section 7.1.2. */
export const longVrs = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

/** Headers have some hundred elements and nest a few levels; the bounds are for files made to exhaust their reader. */
const mostElements = 50_000;
const deepestNesting = 64;

/**
 * Finds the elements of a data set, up to and with Pixel Data (7FE0,0010) or to where `isBeyond` says so. Looks at no value;
 * what has a length is passed over unseen, so that damage in what nobody needs does not matter.
 *
 * Takes files as they are: an element without a VR in an explicit data set is read as an implicit one (private sequences
 * of some writers), UN of undefined length holds implicit items (PS3.5 section 6.2.2), order and parity do not matter.
 *
 * @returns the elements and the position behind them
 * @throws DicomError `DICOM_TRUNCATED`, `DICOM_CORRUPT`
 */
export function walkElements(
  extent: Extent,
  isBeyond: (tag: number) => boolean = () => false,
): { elements: Elements; end: number } {
  const elements = new Map<number, Element>();
  let position = extent.start;
  while (position + 8 <= extent.end) {
    const { tag, vr, start, length } = readElementHeader(extent, position);
    if (isBeyond(tag)) break;
    if (elements.size >= mostElements) throw tooManyError(extent.source);
    const hasUndefinedLength = length === undefinedLength;
    const isPixelData = tag === pixelDataTag;
    let end = start + length;
    if (hasUndefinedLength) end = isPixelData ? extent.end : behindItems({ ...extent, start }, { tag, vr, depth: 1 });
    else if (!isPixelData) assertInside(extent, tag, end);
    elements.set(tag, { vr, headerStart: position, start, end, hasUndefinedLength });
    position = end;
    if (isPixelData) break;
  }
  return { elements, end: position };
}

/**
 * Looks at everything inside a sequence before a recursive parser does.
 *
 * @throws DicomError `DICOM_CORRUPT`, `DICOM_TRUNCATED` where it nests too deep, has too many elements, or is damaged
 */
export function checkSequence(extent: Extent, tag: number, { vr, start, end, hasUndefinedLength }: Element): void {
  const within = { ...extent, start, end };
  behindItems(within, { tag, vr, depth: 1, inspection: { elements: 0 }, isOpen: !hasUndefinedLength });
}

/**
 * Where the items of a sequence lie, PS3.5 section 7.5: each with its delimiter, if it has one.
 *
 * @param depth 1 for a sequence of the data set itself, one more for each sequence around it
 * @throws DicomError `DICOM_CORRUPT`, `DICOM_TRUNCATED`
 */
export function itemsOfSequence(
  extent: Extent,
  tag: number,
  { vr, start, end, hasUndefinedLength }: Element,
  depth: number,
): Extent[] {
  const items: Extent[] = [];
  behindItems({ ...extent, start, end }, { tag, vr, depth, isOpen: !hasUndefinedLength, items });
  return items;
}

/** Tag, VR and length of the element (or item, or delimiter) at `position`; at least 8 bytes must be there. */
export function readElementHeader(
  { view, encoding, source }: Extent,
  position: number,
): { tag: number; vr: string | undefined; start: number; length: number } {
  const { isExplicit, isLittleEndian } = encoding;
  const group = view.getUint16(position, isLittleEndian);
  const tag = group * 0x10000 + view.getUint16(position + 2, isLittleEndian);
  if (isExplicit && group !== 0xfffe) {
    const vr = String.fromCharCode(view.getUint8(position + 4), view.getUint8(position + 5));
    if (longVrs.has(vr)) {
      if (position + 12 > view.byteLength) throw truncatedError(source, `its header ends within ${tagName(tag)}`);
      return { tag, vr, start: position + 12, length: view.getUint32(position + 8, isLittleEndian) };
    }
    if (/^[A-Z]{2}$/.test(vr))
      return { tag, vr, start: position + 8, length: view.getUint16(position + 6, isLittleEndian) };
  }
  return { tag, vr: undefined, start: position + 8, length: view.getUint32(position + 4, isLittleEndian) };
}

/** A sequence that is being walked through. */
interface Sequence {
  tag: number;
  vr: string | undefined;
  depth: number;
  /** True for one with a length, which needs no delimiter. */
  isOpen?: boolean;
  /** Given where items and sequences with a length are entered too, and all of them and their elements counted. */
  inspection?: { elements: number };
  /** Given where the items of this sequence are asked for. */
  items?: Extent[];
}

/** Items of an OB or OW (a compressed icon) are none of elements, and have a length each. */
function behindItems(extent: Extent, sequence: Sequence): number {
  if (sequence.depth > deepestNesting)
    throw corruptError(extent.source, `its header nests sequences more than ${deepestNesting} deep`);
  const encoding = sequence.vr === "UN" ? { isExplicit: false, isLittleEndian: true } : extent.encoding;
  const within = { ...extent, encoding };
  let position = extent.start;
  while (position + 8 <= extent.end) {
    const { tag, start, length } = readElementHeader(within, position);
    if (tag === sequenceDelimiterTag) return start;
    if (tag !== itemTag)
      throw corruptError(
        extent.source,
        `its sequence ${tagName(sequence.tag)} has ${tagName(tag)} in the place of an item`,
      );
    count(extent, sequence);
    if (length === undefinedLength) position = behindItem({ ...within, start }, sequence, true);
    else {
      position = assertInside(extent, sequence.tag, start + length);
      if (sequence.inspection) behindItem({ ...within, start, end: position }, sequence, false);
    }
    sequence.items?.push({ ...within, start, end: position });
  }
  if (sequence.isOpen === true) return extent.end;
  throw truncatedError(extent.source, `its sequence ${tagName(sequence.tag)} has no end`);
}

function behindItem(extent: Extent, sequence: Sequence, needsDelimiter: boolean): number {
  const { depth, inspection } = sequence;
  let position = extent.start;
  while (position + 8 <= extent.end) {
    const { tag, vr, start, length } = readElementHeader(extent, position);
    if (tag === itemDelimiterTag) return start;
    if (tag === sequenceDelimiterTag) return position; // a writer that left the item's own delimiter out
    count(extent, sequence);
    const inner = { tag, vr, depth: depth + 1, ...(inspection && { inspection }) };
    if (length === undefinedLength) position = behindItems({ ...extent, start }, inner);
    else {
      position = assertInside(extent, tag, start + length);
      const isEntered = inspection && (vr === "SQ" || (vr === undefined && startsWithItem(extent, start, position)));
      if (isEntered) behindItems({ ...extent, start, end: position }, { ...inner, isOpen: true });
    }
  }
  if (needsDelimiter) throw truncatedError(extent.source, "an item of a sequence in its header has no end");
  return extent.end;
}

function count({ source }: Extent, { inspection }: Sequence): void {
  if (inspection && ++inspection.elements > mostElements) throw tooManyError(source);
}

/** How an implicit data set shows that a value with a length is a sequence. */
export function startsWithItem({ view, encoding }: Extent, start: number, end: number): boolean {
  if (start + 8 > end) return false;
  const tag =
    view.getUint16(start, encoding.isLittleEndian) * 0x10000 + view.getUint16(start + 2, encoding.isLittleEndian);
  return tag === itemTag || tag === sequenceDelimiterTag;
}

function assertInside({ end, source }: Extent, tag: number, position: number): number {
  if (position > end) throw truncatedError(source, `its header ends within ${tagName(tag)}`);
  return position;
}

function tooManyError(source: string) {
  return corruptError(source, `its header has more than ${mostElements} elements`);
}

/** As the standard writes it, e.g. (0028,0010). */
export function tagName(tag: number): string {
  const hex = tag.toString(16).toUpperCase().padStart(8, "0");
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}
