import { type Encoding, type Extent, readElementHeader } from "./walk-elements.ts";

const encodings: readonly Encoding[] = [
  { isExplicit: true, isLittleEndian: true },
  { isExplicit: false, isLittleEndian: true },
  { isExplicit: true, isLittleEndian: false },
];

/** Value representations of PS3.5 section 6.2. */
export const knownVrs = /^(A[EST]|CS|D[AST]|F[DL]|IS|L[OT]|O[BDFLVW]|PN|S[HLQSTV]|TM|U[CILNRSTV])$/;

/**
 * The encoding in which the first two elements make sense: the one of the extent if it is among them, else the only one.
 *
 * @returns the very object of the extent where that holds, undefined where none or several others do
 */
export function findEncoding(extent: Extent): Encoding | undefined {
  if (makesSense(extent)) return extent.encoding;
  const others = encodings.filter((encoding) => makesSense({ ...extent, encoding }));
  return others.length === 1 ? others[0] : undefined;
}

/** For messages. */
export function describeEncoding({ isExplicit, isLittleEndian }: Encoding): string {
  return `${isExplicit ? "explicit" : "implicit"} VR ${isLittleEndian ? "little" : "big"} endian`;
}

/** Groups of the standard that a data set can begin with are below 0100; their bytes swapped, they are not. */
function makesSense(extent: Extent): boolean {
  const first = headerAt(extent, extent.start);
  if (first === undefined || first.tag < 0x00020000 || first.tag >= 0x01000000) return false;
  if (first.length === 0xffffffff) return true;
  const next = first.start + first.length;
  if (next > extent.end) return false;
  const second = headerAt(extent, next);
  return next + 8 > extent.end ? next === extent.end : second !== undefined && second.tag > first.tag;
}

/** The element's header, if a VR is where the encoding wants one and only there. */
function headerAt(extent: Extent, position: number) {
  if (position + 12 > extent.end) return undefined;
  const letters = String.fromCharCode(extent.view.getUint8(position + 4), extent.view.getUint8(position + 5));
  if (knownVrs.test(letters) !== extent.encoding.isExplicit) return undefined;
  return readElementHeader(extent, position);
}
