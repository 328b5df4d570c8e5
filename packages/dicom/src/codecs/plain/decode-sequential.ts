import { truncatedError } from "../../errors.ts";
import type { Cells } from "../../stored-values.ts";
import type { SequentialScan } from "../jpeg-sequential.ts";
import { zigzag } from "../jpeg/zigzag.ts";
import { BitReader, huffmanTable } from "./huffman.ts";
import { inverseDct } from "./inverse-dct.ts";

/**
 * Decodes 8x8 blocks from left to right and down, T.81 F.2: a difference of means, other coefficients, their transform.
 *
 * @returns `[rows, columns]`, equal to what libjpeg-turbo makes of the stream
 * @throws DicomError `DICOM_TRUNCATED`; Error with a clause where the stream makes no sense
 */
export function decodeSequentialPlainly(scan: SequentialScan, source: string): Cells {
  const { frame, restartInterval, quantization } = scan;
  const samples = new Uint16Array(frame.rows * frame.columns);
  const dcTable = huffmanTable(scan.dcCodes);
  const readCoefficients = coefficientReader(scan);
  const bits = new BitReader(scan.entropyCoded);
  const block = new Int32Array(64);
  const across = Math.ceil(frame.columns / 8);
  const blocks = across * Math.ceil(frame.rows / 8);
  let dc = 0;
  for (let index = 0; index < blocks; index++) {
    if (restartInterval > 0 && index > 0 && index % restartInterval === 0) {
      if (!bits.restart()) throw truncatedError(source, "its JPEG stream ends before its last restart interval");
      dc = 0;
    }
    block.fill(0);
    dc = (dc + bits.signed(bits.symbol(dcTable))) | 0;
    block[0] = Math.imul(dc, quantization[0] ?? 0);
    const isFlat = readCoefficients(bits, block) === 0;
    if (bits.isOverrun) throw truncatedError(source, `its compressed pixel data ends in block ${index} of ${blocks}`);
    inverseDct(block, frame.precision, isFlat);
    storeBlock(block, samples, frame, (index % across) * 8, Math.floor(index / across) * 8);
  }
  return frame.precision > 8 ? samples : Uint8Array.from(samples);
}

/** T.81 F.2.2.2: pairs of a run of zeros and a value, in zigzag order. The reader returns how many pairs there were. */
function coefficientReader({ acCodes, quantization }: SequentialScan) {
  const acTable = huffmanTable(acCodes);
  return (bits: BitReader, block: Int32Array): number => {
    let pairs = 0;
    for (let k = 1; k < 64; pairs++) {
      const symbol = bits.symbol(acTable);
      const run = symbol >> 4;
      const size = symbol & 0x0f;
      if (size === 0 && run !== 15) break; // end of block
      k += run + 1;
      if (k > 64) throw new Error("a coefficient outside its block");
      if (size > 0) block[zigzag[k - 1] ?? 0] = Math.imul(bits.signed(size), quantization[k - 1] ?? 0);
    }
    return pairs;
  };
}

/** Shifts the level (T.81 A.3.1), clamps, and leaves out what lies beyond the right and lower edge. */
function storeBlock(
  block: Int32Array,
  samples: Uint16Array,
  { rows, columns, precision }: SequentialScan["frame"],
  left: number,
  top: number,
): void {
  const largest = 2 ** precision - 1;
  const middle = 2 ** (precision - 1);
  const width = Math.min(8, columns - left);
  const height = Math.min(8, rows - top);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = (block[y * 8 + x] ?? 0) + middle;
      samples[(top + y) * columns + left + x] = value < 0 ? 0 : value > largest ? largest : value;
    }
}
