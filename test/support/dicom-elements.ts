/** How a data set is written, PS3.5 section 7.1 and 7.3. */
export interface Encoding {
  isExplicit: boolean;
  isLittleEndian: boolean;
}

export const explicitLittle: Encoding = { isExplicit: true, isLittleEndian: true };
export const implicitLittle: Encoding = { isExplicit: false, isLittleEndian: true };
export const explicitBig: Encoding = { isExplicit: true, isLittleEndian: false };

/** An element to be written: numbers by their VR, text, bytes as they are, or the items of a sequence. */
export interface ElementSpec {
  tag: number;
  vr: string;
  value: number[] | string | Uint8Array | ElementSpec[][];
  /** Sequences and their items then end in delimiters. */
  hasUndefinedLength?: boolean;
}

const longVrs = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];
const numberBytes: Readonly<Record<string, number>> = { US: 2, SS: 2, OW: 2, UL: 4, SL: 4 };

/** Elements one behind another, in the order given. Lengths may be odd, if the values are. */
export function encodeElements(elements: ElementSpec[], encoding: Encoding): Buffer {
  return Buffer.concat(elements.map((element) => encodeElement(element, encoding)));
}

function encodeElement({ tag, vr, value, hasUndefinedLength = false }: ElementSpec, encoding: Encoding): Buffer {
  const isSequence = Array.isArray(value) && (vr === "SQ" || Array.isArray(value[0]));
  const bytes = isSequence
    ? encodeItems(value as ElementSpec[][], hasUndefinedLength, encoding)
    : valueBytes(value as number[] | string | Uint8Array, vr, encoding);
  return Buffer.concat([elementHeader(tag, vr, hasUndefinedLength ? 0xffffffff : bytes.length, encoding), bytes]);
}

/** Tag, VR and length of an element; of an item or delimiter with `vr` "". */
export function elementHeader(tag: number, vr: string, length: number, encoding: Encoding): Buffer {
  const isLong = !encoding.isExplicit || vr === "" || longVrs.includes(vr);
  const hasReserved = encoding.isExplicit && longVrs.includes(vr);
  const header = Buffer.alloc(hasReserved ? 12 : 8);
  const { isLittleEndian } = encoding;
  const put = (number: number, at: number, size: number) =>
    isLittleEndian ? header.writeUIntLE(number, at, size) : header.writeUIntBE(number, at, size);
  put(tag >>> 16, 0, 2);
  put(tag & 0xffff, 2, 2);
  if (encoding.isExplicit && vr !== "") header.write(vr, 4, "latin1");
  if (isLong) put(length, header.length - 4, 4);
  else put(length, 6, 2);
  return header;
}

function encodeItems(items: ElementSpec[][], hasUndefinedLength: boolean, encoding: Encoding): Buffer {
  const parts = items.flatMap((item) => {
    const content = encodeElements(item, encoding);
    const end = hasUndefinedLength ? [elementHeader(0xfffee00d, "", 0, encoding)] : [];
    return [elementHeader(0xfffee000, "", hasUndefinedLength ? 0xffffffff : content.length, encoding), content, ...end];
  });
  return Buffer.concat(hasUndefinedLength ? [...parts, elementHeader(0xfffee0dd, "", 0, encoding)] : parts);
}

function valueBytes(value: number[] | string | Uint8Array, vr: string, { isLittleEndian }: Encoding): Buffer {
  if (typeof value === "string") return Buffer.from(value, "latin1");
  if (value instanceof Uint8Array) return Buffer.from(value);
  const size = numberBytes[vr] ?? 2;
  const bytes = Buffer.alloc(value.length * size);
  for (const [index, number] of value.entries()) {
    const unsigned = number < 0 ? number + 2 ** (8 * size) : number;
    if (isLittleEndian) bytes.writeUIntLE(unsigned, index * size, size);
    else bytes.writeUIntBE(unsigned, index * size, size);
  }
  return bytes;
}

/** The elements of an image of 3 x 2 pixels in 16 bits, to which others are added or put in their place. */
export function imageElements(...others: ElementSpec[]): ElementSpec[] {
  const own: ElementSpec[] = [
    { tag: 0x00080060, vr: "CS", value: "MG" },
    { tag: 0x00280002, vr: "US", value: [1] },
    { tag: 0x00280004, vr: "CS", value: "MONOCHROME2 " },
    { tag: 0x00280010, vr: "US", value: [2] },
    { tag: 0x00280011, vr: "US", value: [3] },
    { tag: 0x00280100, vr: "US", value: [16] },
    { tag: 0x00280101, vr: "US", value: [12] },
    { tag: 0x00280102, vr: "US", value: [11] },
    { tag: 0x00280103, vr: "US", value: [0] },
    { tag: 0x7fe00010, vr: "OW", value: [...imageValues] },
  ];
  const replaced = new Set(others.map(({ tag }) => tag));
  return [...own.filter(({ tag }) => !replaced.has(tag)), ...others].toSorted((a, b) => a.tag - b.tag);
}

export const imageValues = [0, 1, 100, 2000, 4000, 4095] as const;

/** A file: preamble, mark, file meta information with this transfer syntax, and whatever the data set's bytes are. */
export function fileAround(dataSet: Uint8Array, transferSyntaxUid: string): Buffer {
  const padded = transferSyntaxUid.length % 2 === 0 ? transferSyntaxUid : `${transferSyntaxUid}\0`;
  const meta = encodeElements([{ tag: 0x00020010, vr: "UI", value: padded }], explicitLittle);
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), meta, dataSet]);
}
