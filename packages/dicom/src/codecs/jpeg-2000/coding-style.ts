/** How a tile was coded, ISO/IEC 15444-1 A.6.1. */
export interface CodingStyle {
  /** Order of the packets, 0 to 4: LRCP, RLCP, RPCL, PCRL, CPRL. */
  progression: number;
  layers: number;
  /** How often the picture was halved. */
  levels: number;
  /** Exponents of the sides of a code-block. */
  blockWidth: number;
  blockHeight: number;
  isReversible: boolean;
  /** Exponents of the sides of a precinct, by resolution, the smallest first. */
  precincts: { width: number; height: number }[];
  /** Whether a marker stands behind each packet header. */
  hasHeaderEnds: boolean;
}

/** Quantisation of a tile, A.6.4. */
export interface Quantization {
  guardBits: number;
  /** By subband: LL, then HL, LH, HH of each resolution. */
  steps: { exponent: number; mantissa: number }[];
}

const mostLevels = 32;
/** Exponents of both its sides, of four bits each. */
const largestPrecinct = 0xff;
/** Exponents of the sides of a code-block: each, and both together, as it has 4,096 samples at most. */
const widestBlock = 10;
const largestBlock = 12;

/**
 * Reads the parameters of a COD segment.
 *
 * @returns undefined for code-block styles other than the usual one: bypass, resets, terminations, causal contexts
 * @throws Error with a clause for values that do not exist
 */
export function readCodingStyle(parameters: DataView): CodingStyle | undefined {
  if (parameters.byteLength < 10) throw new Error("a coding style that is not whole");
  const byte = (at: number): number => parameters.getUint8(at);
  const style = byte(0);
  const levels = byte(5);
  const blockWidth = byte(6) + 2;
  const blockHeight = byte(7) + 2;
  const hasPrecincts = (style & 1) !== 0;
  const precinctSides = (resolution: number): number => (hasPrecincts ? byte(10 + resolution) : largestPrecinct);
  const isPossible =
    byte(1) <= 4 &&
    parameters.getUint16(2) > 0 &&
    levels <= mostLevels &&
    blockWidth <= widestBlock &&
    blockHeight <= widestBlock &&
    blockWidth + blockHeight <= largestBlock &&
    byte(9) <= 1 &&
    (!hasPrecincts || parameters.byteLength >= 10 + levels + 1);
  if (!isPossible) throw new Error("an impossible coding style");
  const precincts = Array.from({ length: levels + 1 }, (_, resolution) => {
    const sides = precinctSides(resolution);
    return { width: sides & 15, height: sides >> 4 };
  });
  // Above the lowest resolution a precinct is halved between subbands.
  if (precincts.some(({ width, height }, resolution) => resolution > 0 && (width === 0 || height === 0)))
    throw new Error("an impossible precinct");
  if (byte(8) !== 0) return undefined;
  return {
    progression: byte(1),
    layers: parameters.getUint16(2),
    levels,
    blockWidth,
    blockHeight,
    isReversible: byte(9) === 1,
    precincts,
    hasHeaderEnds: (style & 4) !== 0,
  };
}

/**
 * Reads the parameters of a QCD segment.
 *
 * @throws Error with a clause for a kind that does not exist
 */
export function readQuantization(parameters: DataView): Quantization {
  if (parameters.byteLength < 2) throw new Error("a quantisation that is not whole");
  const kind = parameters.getUint8(0) & 31;
  const guardBits = parameters.getUint8(0) >> 5;
  if (kind === 0)
    return {
      guardBits,
      steps: Array.from({ length: parameters.byteLength - 1 }, (_, band) => ({
        exponent: parameters.getUint8(1 + band) >> 3,
        mantissa: 0,
      })),
    };
  if (kind > 2) throw new Error("a quantisation that does not exist");
  const steps = Array.from({ length: (parameters.byteLength - 1) >> 1 }, (_, band) => {
    const step = parameters.getUint16(1 + 2 * band);
    return { exponent: step >> 11, mantissa: step & 0x7ff };
  });
  return { guardBits, steps: kind === 1 ? derivedSteps(steps[0]) : steps };
}

/** Those of all subbands, of that of the lowest: the exponent falls with each level above it (E.1.1, equation E-5). */
function derivedSteps(lowest: Quantization["steps"][number] | undefined): Quantization["steps"] {
  if (lowest === undefined) throw new Error("a quantisation that is not whole");
  const { exponent, mantissa } = lowest;
  return Array.from({ length: 3 * mostLevels + 1 }, (_, band) => ({
    exponent: Math.max(0, exponent - Math.max(0, Math.floor((band - 1) / 3))),
    mantissa,
  }));
}
