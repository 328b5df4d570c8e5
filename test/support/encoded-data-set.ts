import { deflateRawSync } from "node:zlib";

/** An element to be written: text, bytes (numbers little endian), or the items of a sequence. */
export interface PlainElement {
  tag: number;
  vr: string;
  value: string | Uint8Array | PlainElement[][];
}

export const syntaxes = {
  "implicit little endian": "1.2.840.10008.1.2",
  "explicit little endian": "1.2.840.10008.1.2.1",
  "explicit big endian": "1.2.840.10008.1.2.2",
  deflated: "1.2.840.10008.1.2.1.99",
};

interface Encoding {
  isExplicit: boolean;
  isLittleEndian: boolean;
  /** Sequences and items end with delimiters instead of having a length. */
  isOpen: boolean;
}

const wordBytes: Record<string, number> = { AT: 2, OW: 2, SS: 2, US: 2, FL: 4, OF: 4, OL: 4, SL: 4, UL: 4 };
const longWordVrs = ["FD", "OD", "OV", "SV", "UV"];
const longVrs = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];

/** A file in one of the native syntaxes, of PS3.10 section 7.1; its meta information names the syntax and what is asked for. */
export function encodedFile(
  elements: PlainElement[],
  { syntax = syntaxes["explicit little endian"], isOpen = false, meta = [] as PlainElement[] } = {},
): Buffer {
  const head = encode([...meta, { tag: 0x00020010, vr: "UI", value: syntax }], {
    isExplicit: true,
    isLittleEndian: true,
    isOpen,
  });
  const body = encode(elements, {
    isExplicit: syntax !== syntaxes["implicit little endian"],
    isLittleEndian: syntax !== syntaxes["explicit big endian"],
    isOpen,
  });
  return Buffer.concat([
    Buffer.alloc(128, "PREAMBLE"),
    Buffer.from("DICM"),
    head,
    syntax === syntaxes.deflated ? deflateRawSync(body) : body,
  ]);
}

function encode(elements: PlainElement[], encoding: Encoding): Buffer {
  return Buffer.concat(elements.map((element) => encodeElement(element, encoding)));
}

function encodeElement({ tag, vr, value }: PlainElement, encoding: Encoding): Buffer {
  if (Array.isArray(value)) {
    const items = value.map((item) => wrapped(0xfffee000, encode(item, encoding), 0xfffee00d, encoding));
    const bytes = Buffer.concat(items);
    return encoding.isOpen
      ? Buffer.concat([head(tag, vr, 0xffffffff, encoding), bytes, delimiter(0xfffee0dd, 0, encoding)])
      : Buffer.concat([head(tag, vr, bytes.length, encoding), bytes]);
  }
  const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : Buffer.from(value);
  const even = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2, vr === "UI" || vr.startsWith("O") ? 0 : 0x20)]);
  if (!encoding.isLittleEndian) swap(even, longWordVrs.includes(vr) ? 8 : (wordBytes[vr] ?? 1));
  return Buffer.concat([head(tag, vr, even.length, encoding), even]);
}

function swap(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  if (size === 4) bytes.swap32();
  if (size === 8) bytes.swap64();
}

function wrapped(tag: number, content: Buffer, end: number, encoding: Encoding): Buffer {
  return encoding.isOpen
    ? Buffer.concat([delimiter(tag, 0xffffffff, encoding), content, delimiter(end, 0, encoding)])
    : Buffer.concat([delimiter(tag, content.length, encoding), content]);
}

function delimiter(tag: number, length: number, { isLittleEndian }: Encoding): Buffer {
  const bytes = Buffer.alloc(8);
  writeTag(bytes, tag, isLittleEndian);
  writeNumber(bytes, length, 4, 4, isLittleEndian);
  return bytes;
}

function head(tag: number, vr: string, length: number, { isExplicit, isLittleEndian }: Encoding): Buffer {
  const isLong = longVrs.includes(vr);
  const bytes = Buffer.alloc(isExplicit && isLong ? 12 : 8);
  writeTag(bytes, tag, isLittleEndian);
  if (isExplicit) bytes.write(vr, 4, "latin1");
  if (!isExplicit) writeNumber(bytes, length, 4, 4, isLittleEndian);
  else if (isLong) writeNumber(bytes, length, 8, 4, isLittleEndian);
  else writeNumber(bytes, length, 6, 2, isLittleEndian);
  return bytes;
}

function writeTag(bytes: Buffer, tag: number, isLittleEndian: boolean): void {
  writeNumber(bytes, tag >>> 16, 0, 2, isLittleEndian);
  writeNumber(bytes, tag & 0xffff, 2, 2, isLittleEndian);
}

function writeNumber(bytes: Buffer, value: number, offset: number, size: 2 | 4, isLittleEndian: boolean): void {
  if (isLittleEndian) bytes.writeUIntLE(value, offset, size);
  else bytes.writeUIntBE(value, offset, size);
}
