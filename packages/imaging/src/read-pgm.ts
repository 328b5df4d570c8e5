import { ImageError } from "./errors.ts";
import type { Raster } from "./read-raster.ts";

/**
 * A portable greymap: `P5` (binary; two bytes a value, the higher first, where the maximum exceeds 255) or `P2` (decimal
 * numbers), as netpbm's pgm(5) describes them. Values are grey levels as they are.
 *
 * @throws ImageError `IMAGE_CORRUPT` for a header that says nothing sensible, and when it is decoded for missing values or ones
 * above the maximum
 */
export function readPgm(bytes: Uint8Array, source: string): Raster {
  const isBinary = bytes[1] === 0x35; // P5
  const header = createReader(bytes, 2);
  const [columns, rows, maximum] = [header.number(), header.number(), header.number()];
  if (!columns || !rows || !maximum || columns > 99_999 || rows > 99_999 || maximum > 0xffff)
    throw corrupt(source, `its header says ${columns} x ${rows} pixels of 0 to ${maximum}`);
  const bitsStored = Math.ceil(Math.log2(maximum + 1));
  // One space, and no comment, parts a binary raster from its header.
  const raster = isBinary ? bytes.subarray(header.position() + 1) : bytes;
  return {
    rows,
    columns,
    bitsStored,
    frames: 1,
    warnings:
      isBinary && raster.length > rows * columns * (maximum > 255 ? 2 : 1)
        ? ["there are bytes behind the picture, which are ignored"]
        : [],
    decode: async () => {
      const values = maximum > 255 ? new Uint16Array(rows * columns) : new Uint8Array(rows * columns);
      const refuse = (index: number, value: number): ImageError =>
        corrupt(source, `value ${index} is ${value}, above its maximum of ${maximum}`);
      const count = isBinary
        ? fillBinary(values, raster, maximum, refuse)
        : fillDecimal(values, createReader(bytes, header.position()), maximum, refuse);
      if (count < values.length) throw corrupt(source, `it ends after ${count} of ${values.length} values`);
      return values;
    },
  };
}

type Refuse = (index: number, value: number) => ImageError;

/** @returns how many values there were */
function fillBinary(values: Uint8Array | Uint16Array, raster: Uint8Array, maximum: number, refuse: Refuse): number {
  const count = Math.min(values.length, Math.floor(raster.length / values.BYTES_PER_ELEMENT));
  if (values.BYTES_PER_ELEMENT === 1) values.set(raster.subarray(0, count));
  else
    for (let index = 0; index < count; index++)
      values[index] = (raster[2 * index] ?? 0) * 256 + (raster[2 * index + 1] ?? 0);
  const tooHigh = values.findIndex((value) => value > maximum);
  if (tooHigh >= 0) throw refuse(tooHigh, values[tooHigh] ?? 0);
  return count;
}

/** @returns how many values there were */
function fillDecimal(values: Uint8Array | Uint16Array, reader: Reader, maximum: number, refuse: Refuse): number {
  for (let index = 0; index < values.length; index++) {
    const value = reader.number();
    if (value === undefined) return index;
    if (value > maximum) throw refuse(index, value);
    values[index] = value;
  }
  return values.length;
}

interface Reader {
  /** undefined at the end, or where something else stands; never more than six digits are read. */
  number: () => number | undefined;
  position: () => number;
}

/** Decimal numbers between white space and comments, which reach from `#` to the end of the line. */
function createReader(bytes: Uint8Array, start: number): Reader {
  let position = start;
  return {
    number() {
      while (position < bytes.length && !isDigit(bytes[position])) {
        if (bytes[position] === 0x23) while (position < bytes.length && bytes[position] !== 0x0a) position++;
        else if (isSpace(bytes[position])) position++;
        else return undefined;
      }
      let value: number | undefined;
      for (const end = position + 6; position < end && isDigit(bytes[position]); position++)
        value = (value ?? 0) * 10 + ((bytes[position] ?? 0) - 0x30);
      return value;
    },
    position: () => position,
  };
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);

function corrupt(source: string, found: string): ImageError {
  return new ImageError({
    code: "IMAGE_CORRUPT",
    message: `${source} is no whole PGM (${found}): fetch the file again or leave it out.`,
  });
}
