/** How a data set's elements are written, PS3.5 section 7.1. */
export interface Encoding {
  isExplicit: boolean;
  isBigEndian: boolean;
}

/** A data element, an item or a delimiter in a file's bytes. */
export interface PlacedElement {
  /** Group and element, e.g. 0x00280010. */
  tag: number;
  /** Empty in implicit encodings, and for items and delimiters. */
  vr: string;
  start: number;
  lengthAt: number;
  lengthBytes: 2 | 4;
  valueAt: number;
  /** As it is written; 0xffffffff stands for undefined. */
  length: number;
  /** True for what lies in Pixel Data: offset table and fragments. */
  isInPixelData: boolean;
}

export const pixelDataTag = 0x7fe00010;
export const itemTag = 0xfffee000;
const sequenceDelimiterTag = 0xfffee0dd;
const undefinedLength = 0xffffffff;
const longLengthVrs = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
const metaEncoding: Encoding = { isExplicit: true, isBigEndian: false };
const bigEndianSyntax = "1.2.840.10008.1.2.2";
const implicitSyntax = "1.2.840.10008.1.2";
export const deflatedSyntax = "1.2.840.10008.1.2.1.99";

/** Where the parts of a file lie; a reader of its own, so that what the product thinks of a file has no say in its mutation. */
export interface DicomLayout {
  /** Of the file meta information; none in a bare data set. */
  meta: PlacedElement[];
  /** Where the data set begins. */
  dataAt: number;
  encoding: Encoding;
  transferSyntaxUid: string;
  elements: PlacedElement[];
}

/** Finds what it can: elements end where the bytes stop making sense. */
export function layoutOf(file: Buffer): DicomLayout {
  const mark = [128, 0].find((at) => file.subarray(at, at + 4).toString("latin1") === "DICM");
  const metaAt = mark === undefined ? 0 : mark + 4;
  const hasMeta = file.length >= metaAt + 2 && file.readUInt16LE(metaAt) === 2;
  const meta = hasMeta ? findElements(file, metaAt, metaEncoding).filter(({ tag }) => tag >>> 16 === 2) : [];
  const lastMeta = meta.at(-1);
  const dataAt = lastMeta === undefined ? metaAt : lastMeta.valueAt + lastMeta.length;
  const syntax = meta.find(({ tag }) => tag === 0x00020010);
  const transferSyntaxUid =
    syntax === undefined
      ? guessedSyntax(file, dataAt)
      : file.toString("latin1", syntax.valueAt, syntax.valueAt + syntax.length).replace(/\0+$/, "");
  const encoding = {
    isExplicit: transferSyntaxUid !== implicitSyntax,
    isBigEndian: transferSyntaxUid === bigEndianSyntax,
  };
  const elements = transferSyntaxUid === deflatedSyntax ? [] : findElements(file, dataAt, encoding);
  return { meta, dataAt, encoding, transferSyntaxUid, elements };
}

function guessedSyntax(file: Buffer, dataAt: number): string {
  const isExplicit = /^[A-Z]{2}$/.test(file.toString("latin1", dataAt + 4, dataAt + 6));
  return isExplicit ? "1.2.840.10008.1.2.1" : implicitSyntax;
}

/** Elements in file order, those of sequences among them. */
function findElements(bytes: Buffer, from: number, { isExplicit, isBigEndian }: Encoding): PlacedElement[] {
  const word = (at: number): number => (isBigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  const long = (at: number): number => (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const elements: PlacedElement[] = [];
  let isInPixelData = false;
  let at = from;
  while (at + 8 <= bytes.length && elements.length < 1000) {
    const tag = word(at) * 0x10000 + word(at + 2);
    const isMark = tag >>> 16 === 0xfffe;
    const vr = isExplicit && !isMark ? bytes.toString("latin1", at + 4, at + 6) : "";
    if (isExplicit && !isMark && !/^[A-Z]{2}$/.test(vr)) break;
    const isLong = longLengthVrs.has(vr);
    if (isLong && at + 12 > bytes.length) break;
    const lengthBytes = vr === "" || isLong ? 4 : 2;
    const lengthAt = at + (vr === "" ? 4 : isLong ? 8 : 6);
    const length = lengthBytes === 4 ? long(lengthAt) : word(lengthAt);
    const valueAt = lengthAt + lengthBytes;
    elements.push({ tag, vr, start: at, lengthAt, lengthBytes, valueAt, length, isInPixelData });
    if (tag === sequenceDelimiterTag) isInPixelData = false;
    if (tag === pixelDataTag && length === undefinedLength) isInPixelData = true;
    // Into sequences and their items; over everything else.
    const isContainer = length === undefinedLength || vr === "SQ" || (tag === itemTag && !isInPixelData);
    at = isContainer ? valueAt : valueAt + length;
  }
  return elements;
}

/** One element's bytes. `length` is what is written, whatever the value's length is. */
export function elementBytes(
  { isExplicit, isBigEndian }: Encoding,
  tag: number,
  vr: string,
  value: Uint8Array,
  length = value.length,
): Buffer {
  const isMark = tag >>> 16 === 0xfffe;
  const isLong = longLengthVrs.has(vr);
  const head = Buffer.alloc(isExplicit && !isMark && isLong ? 12 : 8);
  const putWord = (number: number, at: number): void =>
    void (isBigEndian ? head.writeUInt16BE(number & 0xffff, at) : head.writeUInt16LE(number & 0xffff, at));
  const putLong = (number: number, at: number): void =>
    void (isBigEndian ? head.writeUInt32BE(number, at) : head.writeUInt32LE(number, at));
  putWord(tag >>> 16, 0);
  putWord(tag, 2);
  if (isExplicit && !isMark) head.write(vr, 4, "latin1");
  if (head.length === 12) putLong(length, 8);
  else if (isExplicit && !isMark) putWord(length, 6);
  else putLong(length, 4);
  return Buffer.concat([head, value]);
}

/** Numbers of 16 bits as a value. */
export function words({ isBigEndian }: Encoding, ...numbers: number[]): Buffer {
  const value = Buffer.alloc(2 * numbers.length);
  for (const [index, number] of numbers.entries())
    if (isBigEndian) value.writeUInt16BE(number & 0xffff, 2 * index);
    else value.writeUInt16LE(number & 0xffff, 2 * index);
  return value;
}

/** The file with another piece in the place of the bytes from `start` to `end`. */
export function replaced(file: Buffer, start: number, end: number, piece: Uint8Array): Buffer {
  return Buffer.concat([file.subarray(0, start), piece, file.subarray(end)]);
}

/** The file with an element's declared length changed, wrapped to its size. */
export function withLength(file: Buffer, element: PlacedElement, length: number, { isBigEndian }: Encoding): Buffer {
  const changed = Buffer.from(file);
  const { lengthAt, lengthBytes } = element;
  const wrapped = lengthBytes === 2 ? length & 0xffff : length >>> 0;
  if (isBigEndian) changed.writeUIntBE(wrapped, lengthAt, lengthBytes);
  else changed.writeUIntLE(wrapped, lengthAt, lengthBytes);
  return changed;
}
