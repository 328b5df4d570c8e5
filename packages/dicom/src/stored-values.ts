import type { StoredSamples } from "./dicom-image.ts";

/** Pixel cells as unsigned numbers, the value somewhere inside. (A decoder's signed array is taken too: its bits count.) */
export type Cells = Uint8Array | Uint16Array | Uint32Array;

interface CellLayout {
  bitsStored: number;
  highBit: number;
  isSigned: boolean;
  unusedBits: "clear" | "unchecked";
}

/**
 * Takes the stored value out of each pixel cell: bits `highBit` down to `highBit - bitsStored + 1` (PS3.5 section 8.1.1),
 * two's complement where signed. What else lies in a cell (old overlays, garbage) is dropped.
 *
 * @returns an array of the same length; the same memory where the cells are values already
 */
export function storedValues(decoded: Cells, layout: CellLayout): StoredSamples {
  const { bitsStored, highBit, isSigned } = layout;
  const cells = unsignedView(decoded);
  const cellBits = cells.BYTES_PER_ELEMENT * 8;
  const isWhole = bitsStored === cellBits;
  if (isSigned) {
    const values = signedView(cells);
    return isWhole ? values : extracted(values, values.slice(), cellBits - 1 - highBit, cellBits - bitsStored);
  }
  const isLowest = highBit === bitsStored - 1;
  const isUnchecked = layout.unusedBits === "unchecked" && cellBits === 16;
  if (isWhole || (isLowest && (isUnchecked || !hasBitsAbove(cells, bitsStored)))) return cells;
  return extracted(cells, cells.slice(), cellBits - 1 - highBit, cellBits - bitsStored);
}

/** Moves each value to the top of its cell and back down; the element type of `values` decides about the sign. */
function extracted<Samples extends StoredSamples>(from: Samples, values: Samples, up: number, down: number): Samples {
  for (let index = 0; index < from.length; index++) values[index] = (from[index] ?? 0) << up; // wraps at the cell's size
  if (values instanceof Uint32Array) {
    for (let index = 0; index < values.length; index++) values[index] = (values[index] ?? 0) >>> down;
    return values;
  }
  for (let index = 0; index < values.length; index++) values[index] = (values[index] ?? 0) >> down;
  return values;
}

/** Reads two or four cells at once: on a full-size mammogram this check runs every time, the extraction almost never. */
function hasBitsAbove(cells: Cells, bitsStored: number): boolean {
  const cellBits = cells.BYTES_PER_ELEMENT * 8;
  const aligned = Math.min(cells.length, ((4 - (cells.byteOffset % 4)) % 4) / cells.BYTES_PER_ELEMENT);
  const words = Math.floor(((cells.length - aligned) * cells.BYTES_PER_ELEMENT) / 4);
  // Few cells may end before the first whole word, where no view can begin.
  const view =
    words === 0
      ? new Uint32Array(0)
      : new Uint32Array(cells.buffer, cells.byteOffset + aligned * cells.BYTES_PER_ELEMENT, words);
  let seen = 0;
  let index = 0;
  for (; index + 3 < words; index += 4)
    seen |= (view[index] ?? 0) | (view[index + 1] ?? 0) | (view[index + 2] ?? 0) | (view[index + 3] ?? 0);
  for (; index < words; index++) seen |= view[index] ?? 0;
  for (let shift = cellBits; shift < 32; shift += cellBits) seen |= seen >>> shift;
  for (let cell = 0; cell < aligned; cell++) seen |= cells[cell] ?? 0;
  const behind = aligned + (words * 4) / cells.BYTES_PER_ELEMENT;
  for (let cell = behind; cell < cells.length; cell++) seen |= cells[cell] ?? 0;
  return (seen & (2 ** cellBits - 1)) >>> bitsStored !== 0;
}

function signedView({ buffer, byteOffset, length, BYTES_PER_ELEMENT }: Cells): Int8Array | Int16Array | Int32Array {
  if (BYTES_PER_ELEMENT === 1) return new Int8Array(buffer, byteOffset, length);
  if (BYTES_PER_ELEMENT === 2) return new Int16Array(buffer, byteOffset, length);
  return new Int32Array(buffer, byteOffset, length);
}

function unsignedView({ buffer, byteOffset, length, BYTES_PER_ELEMENT }: Cells): Cells {
  if (BYTES_PER_ELEMENT === 1) return new Uint8Array(buffer, byteOffset, length);
  if (BYTES_PER_ELEMENT === 2) return new Uint16Array(buffer, byteOffset, length);
  return new Uint32Array(buffer, byteOffset, length);
}
