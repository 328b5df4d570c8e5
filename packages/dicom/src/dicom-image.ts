/** Samples as they lie in memory: one element per pixel, row by row. */
export type StoredSamples = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;

/** The curve of a VOI window, PS3.3 C.11.2.1.3 (VOI LUT Function). */
export type VoiFunction = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";

/** The first window of the file, in units after the modality rescale; PS3.3 C.11.2.1.2. */
export interface VoiWindow {
  center: number;
  width: number;
  function: VoiFunction;
}

/** Values between both limits, ends included, are padding and no anatomy; PS3.3 C.7.5.1.1.2. */
export interface PixelPadding {
  low: number;
  high: number;
}

/**
 * What a header says about one image, and its pixel data still encoded.
 *
 * Holds no attribute that names or dates a patient, whatever the file carries.
 */
export interface DicomImage {
  /** The name of the file in error messages. */
  source: string;
  transferSyntaxUid: string;
  rows: number;
  columns: number;
  /** Bits of one pixel cell, of its value, and the position of the value's highest bit; PS3.5 section 8.1.1. */
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  isSigned: boolean;
  photometricInterpretation: "MONOCHROME1" | "MONOCHROME2";
  /** Number of frames in the file; only the first is decoded. */
  frames: number;
  /** Modality LUT as a line, PS3.3 C.11.1: output = stored * slope + intercept. */
  rescale: { slope: number; intercept: number };
  /** True when the modality LUT is a table (a sequence), which nothing here applies. */
  hasModalityTable: boolean;
  window?: VoiWindow;
  padding?: PixelPadding;
  manufacturer?: string;
  modality?: string;
  laterality?: string;
  viewPosition?: string;
  /** Pixel data of the first frame as it lies in the file: cells, or one compressed bit stream. A view, not a copy. */
  encoded: Uint8Array;
}

/**
 * The first frame's stored values: the bits `highBit` down to `highBit - bitsStored + 1` of each cell, sign-extended
 * where `isSigned`. Length is `rows * columns`. May share memory with the bytes given to `readDicom`.
 */
export interface Pixels {
  samples: StoredSamples;
  rows: number;
  columns: number;
  bitsStored: number;
  isSigned: boolean;
}

/** The largest decoded frame accepted, 512 MiB; the largest mammograms have about 64 MiB. */
export const maxFrameBytes = 512 * 1024 * 1024;
