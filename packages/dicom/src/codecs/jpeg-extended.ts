import type { DicomImage } from "../dicom-image.ts";
import { corruptError, truncatedError } from "../errors.ts";
import { type Codec, valuesFrame } from "./codec.ts";
import { BitReader, type HuffmanTable } from "./jpeg/huffman.ts";
import { inverseDct } from "./jpeg/inverse-dct.ts";
import { type Scan, readScan } from "./jpeg/scan.ts";

const sequentialKinds = [0xc0, 0xc1];

/** JPEG Extended, 12 (or 8) bit, sequential DCT with Huffman codes: T.81 annex F, PS3.5 A.4.1. */
export const jpegExtended: Codec = {
  name: "JPEG Extended",
  transferSyntaxes: ["1.2.840.10008.1.2.4.51"],
  async decode(image) {
    const scan = readScan(image.encoded);
    const { frame, acTable, quantization } = scan;
    if (!sequentialKinds.includes(frame.kind))
      throw corruptError(image.source, "its JPEG stream is not a sequential one, as its transfer syntax says it is");
    if (frame.precision !== 8 && frame.precision !== 12)
      throw corruptError(image.source, `its JPEG stream has ${frame.precision} bits a sample, not 8 or 12`);
    if (frame.columns !== image.columns || frame.rows !== image.rows)
      throw corruptError(
        image.source,
        `its pixel data is ${frame.columns} x ${frame.rows}, its header says ${image.columns} x ${image.rows}`,
      );
    if (acTable === undefined || quantization === undefined)
      throw corruptError(image.source, "its JPEG stream lacks a table");
    const samples = decodeBlocks({ ...scan, acTable, quantization }, image);
    return valuesFrame(frame.precision === 8 ? Uint8Array.from(samples) : samples, frame.precision);
  },
};

function decodeBlocks(
  scan: Scan & { acTable: HuffmanTable; quantization: Uint16Array },
  image: DicomImage,
): Uint16Array {
  const { frame, restartInterval } = scan;
  const samples = new Uint16Array(frame.rows * frame.columns);
  const bits = new BitReader(scan.entropyCoded);
  const block = new Float64Array(64);
  const across = Math.ceil(frame.columns / 8);
  const blocks = across * Math.ceil(frame.rows / 8);
  let dc = 0;
  for (let index = 0; index < blocks; index++) {
    if (restartInterval > 0 && index > 0 && index % restartInterval === 0) {
      if (!bits.restart()) throw truncatedError(image.source, "its JPEG stream ends before its last restart interval");
      dc = 0;
    }
    block.fill(0);
    dc += bits.signed(bits.symbol(scan.dcTable));
    block[0] = dc * (scan.quantization[0] ?? 0);
    readAcCoefficients(bits, scan, block);
    if (bits.isOverrun) throw truncatedError(image.source, `its JPEG stream ends in block ${index} of ${blocks}`);
    inverseDct(block);
    storeBlock(block, samples, frame, (index % across) * 8, Math.floor(index / across) * 8);
  }
  return samples;
}

/** T.81 F.2.2.2: pairs of a run of zeros and a value, in zigzag order. */
function readAcCoefficients(
  bits: BitReader,
  { acTable, quantization }: { acTable: HuffmanTable; quantization: Uint16Array },
  block: Float64Array,
): void {
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(acTable);
    const run = symbol >> 4;
    const size = symbol & 0x0f;
    if (size === 0) {
      if (run !== 15) return; // end of block
      k += 15;
      continue;
    }
    k += run;
    if (k > 63) throw new Error("a coefficient outside its block");
    block[zigzag[k] ?? 0] = bits.signed(size) * (quantization[k] ?? 0);
  }
}

/** Shifts the level (T.81 A.3.1), rounds, clamps, and leaves out what lies beyond the right and lower edge. */
function storeBlock(
  block: Float64Array,
  samples: Uint16Array,
  { rows, columns, precision }: Scan["frame"],
  left: number,
  top: number,
): void {
  const largest = 2 ** precision - 1;
  const middle = 2 ** (precision - 1);
  const width = Math.min(8, columns - left);
  const height = Math.min(8, rows - top);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = Math.floor((block[y * 8 + x] ?? 0) + middle + 0.5);
      samples[(top + y) * columns + left + x] = value < 0 ? 0 : value > largest ? largest : value;
    }
}

/** Position in the block of the k-th coefficient, T.81 figure A.6: along the diagonals, in turns up and down. */
const zigzag = Uint8Array.from(
  Array.from({ length: 64 }, (_, position) => ({ position, row: position >> 3, column: position & 7 }))
    .toSorted((a, b) => {
      const diagonal = a.row + a.column - b.row - b.column;
      if (diagonal !== 0) return diagonal;
      return (a.row + a.column) % 2 === 0 ? b.row - a.row : a.row - b.row;
    })
    .map(({ position }) => position),
);
