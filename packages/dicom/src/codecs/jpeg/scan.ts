import { type FrameHeader, readFrameHeader, readSegments } from "./frame-header.ts";

/** A Huffman code as a stream defines it, T.81 B.2.4.2. */
export interface HuffmanCodes {
  /** How many codes have 1, 2, ... 16 bits. */
  counts: Uint8Array;
  /** In the order of their codes. */
  symbols: Uint8Array;
}

/** Everything that the one scan of a single-component JPEG stream needs, T.81 B.2. */
export interface Scan {
  frame: FrameHeader;
  dcCodes: HuffmanCodes;
  /** Absent in lossless streams. */
  acCodes?: HuffmanCodes;
  /** 64 steps in zigzag order; absent in lossless streams. */
  quantization?: Uint16Array;
  /** Start of spectral selection, which in lossless streams is the predictor (T.81 B.2.3, Ss). */
  spectralStart: number;
  /** Successive approximation, low position, which in lossless streams is the point transform. */
  pointTransform: number;
  /** Number of units between restart markers, 0 for none. */
  restartInterval: number;
  /** Entropy-coded segment(s), up to the end of the stream. */
  entropyCoded: Uint8Array;
}

const defineHuffman = 0xc4;
const startOfScan = 0xda;
const defineQuantization = 0xdb;
const defineRestart = 0xdd;
/** Differences have a category, 0 to 16, where coefficients have a run and a size (T.81 F.1.2, H.1.2.2). */
const largestCategory = 16;

/**
 * Reads the tables and headers of a stream with one component and one scan.
 *
 * @throws Error with a clause that says what is wrong with the stream
 */
export function readScan(stream: Uint8Array): Scan {
  const frame = readFrameHeader(stream);
  if (frame === undefined) throw new Error("no JPEG frame header");
  if (frame.components !== 1) throw new Error(`${frame.components} components where 1 is due`);
  const huffman = new Map<number, HuffmanCodes>();
  const quantization = new Map<number, Uint16Array>();
  let quantizationOfFrame = 0;
  let restartInterval = 0;
  for (const { marker, parameters, end } of readSegments(stream)) {
    if (marker === frame.kind) quantizationOfFrame = parameters[8] ?? 0;
    if (marker === defineHuffman) readHuffmanCodes(parameters, huffman);
    if (marker === defineQuantization) readQuantizationTables(parameters, quantization);
    if (marker === defineRestart) restartInterval = ((parameters[0] ?? 0) << 8) | (parameters[1] ?? 0);
    if (marker !== startOfScan) continue;
    const selectors = parameters[2] ?? 0;
    const dcCodes = huffman.get(selectors >> 4);
    const acCodes = huffman.get(0x10 | (selectors & 0x0f));
    const steps = quantization.get(quantizationOfFrame);
    if (dcCodes === undefined) throw new Error("a Huffman table is missing");
    if (dcCodes.symbols.some((category) => category > largestCategory))
      throw new Error("a Huffman table with a category that does not exist");
    return {
      frame,
      dcCodes,
      ...(acCodes && { acCodes }),
      ...(steps && { quantization: steps }),
      spectralStart: parameters[3] ?? 0,
      pointTransform: (parameters[5] ?? 0) & 0x0f,
      restartInterval,
      entropyCoded: stream.subarray(end),
    };
  }
  throw new Error("no JPEG scan");
}

/** T.81 B.2.4.2; the key is the class (0 DC or lossless, 1 AC) in the high and the destination in the low four bits. */
function readHuffmanCodes(parameters: Uint8Array, tables: Map<number, HuffmanCodes>): void {
  let position = 0;
  while (position + 17 <= parameters.length) {
    const key = parameters[position] ?? 0;
    const counts = parameters.subarray(position + 1, position + 17);
    const number = counts.reduce((sum, codes) => sum + codes, 0);
    const symbols = parameters.subarray(position + 17, position + 17 + number);
    if (symbols.length < number || number > 256 || !isPrefixCode(counts))
      throw new Error("an impossible Huffman table");
    tables.set(key, { counts, symbols });
    position += 17 + number;
  }
}

/** Whether there are as many codes of each length as the shorter ones leave room for (T.81 C.2). */
function isPrefixCode(counts: Uint8Array): boolean {
  let free = 1;
  for (const count of counts) {
    free = 2 * free - count;
    if (free < 0) return false;
  }
  return true;
}

/** T.81 B.2.4.1. */
function readQuantizationTables(parameters: Uint8Array, tables: Map<number, Uint16Array>): void {
  let position = 0;
  while (position < parameters.length) {
    const head = parameters[position++] ?? 0;
    const bytesPerStep = head >> 4 === 0 ? 1 : 2;
    const steps = new Uint16Array(64);
    for (let index = 0; index < 64; index++, position += bytesPerStep) {
      const first = parameters[position] ?? 0;
      steps[index] = bytesPerStep === 1 ? first : (first << 8) | (parameters[position + 1] ?? 0);
    }
    tables.set(head & 0x0f, steps);
  }
}
