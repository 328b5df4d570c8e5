import { knownVrs } from "../data-set/find-encoding.ts";
import { type LocatedElements, parseDataSet, valueBytes } from "../data-set/parse-data-set.ts";
import { numberOf } from "../data-set/values.ts";
import { type Element, itemDelimiterTag, itemsOfSequence, itemTag, walkElements } from "../data-set/walk-elements.ts";
import { DicomError } from "../errors.ts";
import { type DataElement, isPrivate, tags, vrOf } from "./data-set.ts";

/** A file, taken apart. */
export interface DicomFile {
  /** File meta information, PS3.10 section 7.1; empty where the file has none. */
  meta: DataElement[];
  /** The data set in the order of the file, up to and with Pixel Data. */
  elements: DataElement[];
}

/**
 * Reads every element, in any of the encodings of PS3.5 annex A. A VR that the file does not tell (implicit encoding, UN)
 * comes from PS3.6; what that does not know, or what cannot be read as the sequence that PS3.6 knows, stays UN. Private
 * elements, whose meaning only their maker knows, are not looked into.
 *
 * What follows Pixel Data (signatures, padding, private elements) is not read: no profile keeps it.
 *
 * @param source the name of the file, for error messages
 * @throws DicomError as `parseDataSet` does, and for what is damaged inside of sequences
 */
export function readDataSet(bytes: Uint8Array, source: string): DicomFile {
  const parsed = parseDataSet(bytes, source);
  const cells: PixelCells = {
    isSigned: numberOf(parsed.dataSet, tags.pixelRepresentation, "US") === 1,
    bitsAllocated: numberOf(parsed.dataSet, tags.bitsAllocated, "US") ?? 16,
  };
  return { meta: parsed.meta ? elementsOf(parsed.meta, cells) : [], elements: elementsOf(parsed, cells) };
}

/** What decides about VRs and words in the whole data set. */
interface PixelCells {
  isSigned: boolean;
  bitsAllocated: number;
}

function elementsOf(located: LocatedElements, cells: PixelCells, depth = 0): DataElement[] {
  const { extent, elements } = located;
  const itemsOf = (tag: number, element: Element): DataElement[][] =>
    itemsOfSequence(extent, tag, element, depth + 1).map((item) => {
      const { elements: inside } = walkElements(item, (inner) => inner === itemDelimiterTag);
      return elementsOf({ extent: item, elements: inside }, cells, depth + 1);
    });
  return Array.from(elements, ([tag, element]): DataElement => {
    const { vr: told, hasUndefinedLength } = element;
    const value = valueBytes(located, tag);
    if (isPrivate(tag)) return { tag, vr: "UN", value };
    const isTold = told !== undefined && told !== "UN" && knownVrs.test(told);
    const vr = isTold ? told : (vrOf(tag) ?? "UN");
    if (hasUndefinedLength && (vr === "OB" || vr === "OW")) return { tag, vr: "OB", fragments: fragmentsIn(value) };
    if (hasUndefinedLength || told === "SQ") return { tag, vr: "SQ", items: itemsOf(tag, element) };
    if (vr === "SQ") {
      const items = unlessDamaged(() => itemsOf(tag, element));
      return items ? { tag, vr, items } : { tag, vr: "UN", value };
    }
    const actual = vr === "XS" ? (cells.isSigned ? "SS" : "US") : vr;
    const isSwapped = !extent.encoding.isLittleEndian && told !== "UN"; // an UN is little endian anywhere, PS3.5 section 6.2.2
    return { tag, vr: actual, value: isSwapped ? swapped(value, wordBytes(tag, actual, cells)) : value };
  });
}

function unlessDamaged<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DicomError) return undefined;
    throw error;
  }
}

/** Bytes of one number in a value: what has to be reversed between big and little endian, PS3.5 section 7.3. */
function wordBytes(tag: number, vr: string, { bitsAllocated }: PixelCells): number {
  if (tag === tags.pixelData && vr === "OW" && bitsAllocated === 32) return 4;
  if (["AT", "OW", "SS", "US"].includes(vr)) return 2;
  if (["FL", "OF", "OL", "SL", "UL"].includes(vr)) return 4;
  return ["FD", "OD", "OV", "SV", "UV"].includes(vr) ? 8 : 1;
}

function swapped(value: Uint8Array, size: number): Uint8Array {
  if (size === 1 || value.length % size !== 0) return value;
  const copy = Buffer.from(value);
  return size === 2 ? copy.swap16() : size === 4 ? copy.swap32() : copy.swap64();
}

/** Offset table and fragments, up to the delimiter, which some writers leave out. */
function fragmentsIn(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  while (end + 8 <= bytes.length && view.getUint16(end, true) * 0x10000 + view.getUint16(end + 2, true) === itemTag)
    end = Math.min(bytes.length, end + 8 + view.getUint32(end + 4, true));
  return bytes.subarray(0, end);
}
