import { type FrameHeader, readFrameHeader, readSegments } from "./frame-header.ts";

/** What the one scan of a single-component JPEG-LS stream needs, T.87 annex C. */
export interface JpegLsScan {
  frame: FrameHeader;
  /** The largest sample, MAXVAL. */
  largest: number;
  /** How much a sample may differ from the original; 0 in lossless streams. */
  near: number;
  /** Of gradients: T1, T2, T3. */
  thresholds: [number, number, number];
  /** How often a context is used before it forgets half. */
  reset: number;
  /** Infinity where there are no restarts. */
  rowsBetweenRestarts: number;
  /** Entropy-coded segment(s), up to the end of the stream. */
  entropyCoded: Uint8Array;
}

const frameKind = 0xf7;
const presetParameters = 0xf8;
const defineRestart = 0xdd;
const startOfScan = 0xda;
const thresholdsAndReset = 1;
const defaultReset = 64;

/**
 * Reads the headers of a stream with one component.
 *
 * @returns undefined for what T.87 has and nobody uses for grey pictures: mapping tables, a point transform
 * @throws Error with a clause that says what is wrong with the stream
 */
export function readJpegLsScan(stream: Uint8Array): JpegLsScan | undefined {
  const frame = readFrameHeader(stream);
  if (frame?.kind !== frameKind) throw new Error("no JPEG-LS frame header");
  if (frame.components !== 1) throw new Error(`${frame.components} components where 1 is due`);
  if (frame.precision < 2 || frame.precision > 16) throw new Error(`${frame.precision} bits a sample, not 2 to 16`);
  let preset: number[] = [];
  let rowsBetweenRestarts = Infinity;
  for (const { marker, parameters, end } of readSegments(stream)) {
    if (marker === defineRestart) rowsBetweenRestarts = bigEndian(parameters) || Infinity;
    if (marker === presetParameters) {
      if (parameters[0] !== thresholdsAndReset) return undefined;
      preset = [1, 3, 5, 7, 9].map((at) => bigEndian(parameters.subarray(at, at + 2)));
    }
    if (marker !== startOfScan) continue;
    if (parameters.length < 6) throw new Error("a JPEG-LS scan header that is not whole");
    const [, , mappingTable = 0, near = 0, , pointTransform = 0] = parameters;
    if (mappingTable !== 0 || pointTransform !== 0) return undefined;
    const scan = { frame, near, rowsBetweenRestarts, entropyCoded: stream.subarray(end) };
    return { ...scan, ...parametersOf(frame.precision, near, preset) };
  }
  throw new Error("no JPEG-LS scan");
}

/** Those of the stream, and where it says 0 or nothing the defaults of T.87 C.2.4.1.1. */
function parametersOf(
  precision: number,
  near: number,
  preset: number[],
): Pick<JpegLsScan, "largest" | "thresholds" | "reset"> {
  const [largestPreset, t1Preset, t2Preset, t3Preset, resetPreset] = preset;
  const largest = largestPreset || 2 ** precision - 1;
  const [default1, default2, default3] = defaultThresholds(largest, near);
  const t1 = t1Preset || default1;
  const t2 = t2Preset || default2;
  const t3 = t3Preset || default3;
  const reset = resetPreset || defaultReset;
  const areOrdered = near + 1 <= t1 && t1 <= t2 && t2 <= t3 && t3 <= largest;
  if (largest >= 2 ** precision || near > Math.min(255, largest / 2) || !areOrdered || reset < 3)
    throw new Error("impossible JPEG-LS parameters");
  return { largest, thresholds: [t1, t2, t3], reset };
}

function defaultThresholds(largest: number, near: number): [number, number, number] {
  const within = (threshold: number, low: number): number => (threshold > largest || threshold < low ? low : threshold);
  const isWide = largest >= 128;
  const factor = Math.floor(isWide ? (Math.min(largest, 4095) + 128) / 256 : 256 / (largest + 1));
  const scaled = (basic: number, least: number, spread: number): number =>
    isWide ? factor * (basic - least) + least + spread : Math.max(least, Math.floor(basic / factor) + spread);
  const t1 = within(scaled(3, 2, 3 * near), near + 1);
  const t2 = within(scaled(7, 3, 5 * near), t1);
  const t3 = within(scaled(21, 4, 7 * near), t2);
  return [t1, t2, t3];
}

function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}
