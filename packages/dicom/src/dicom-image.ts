/** Samples as they lie in memory: one element per pixel, row by row. */
export type StoredSamples = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;

/** The curve of a VOI window, PS3.3 C.11.2.1.3 (VOI LUT Function). */
export type VoiFunction = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";

/** A window, in modality values; PS3.3 C.11.2.1.2. */
export interface VoiWindow {
  center: number;
  width: number;
  function: VoiFunction;
}

/** A Modality or VOI LUT, PS3.3 C.11.1.1 and C.11.2.1.1. */
export interface LookupTable {
  /** The value that has the first entry; smaller ones have it too. */
  firstMapped: number;
  /** Bits of an entry: the output range is 0 to `2 ** bits - 1`. */
  bits: number;
  /** At least one. */
  values: Uint16Array;
  explanation?: string;
}

/** Values between both limits, ends included, are padding and no anatomy; PS3.3 C.7.5.1.1.2. */
export interface PixelPadding {
  low: number;
  high: number;
}

/** Pixel Data (7FE0,0010) of all frames, as views of the file. */
export type PixelData =
  /** Native format: the cells of one frame behind those of another, PS3.5 section 8.1. */
  | { isEncapsulated: false; cells: Uint8Array }
  /** Encapsulated format: fragments, and the index of each frame's first one, PS3.5 A.4. */
  | { isEncapsulated: true; fragments: Uint8Array[]; frameStarts: number[] };

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
  /** True when the smallest value is white: MONOCHROME1, or Presentation LUT Shape INVERSE; PS3.3 C.7.6.3.1.2, C.11.6. */
  isInverted: boolean;
  /** Number of frames in the file. */
  frames: number;
  /** Modality LUT as a line, PS3.3 C.11.1: output = stored * slope + intercept. Of no use where there is a `modalityLut`. */
  rescale: { slope: number; intercept: number };
  /** Modality LUT as a table: stored values in, modality values out. */
  modalityLut?: LookupTable;
  /** The VOI windows that mean anything, in the file's order. */
  windows: VoiWindow[];
  /** The VOI LUTs in the file's order: modality values in, display values out. */
  voiLuts: LookupTable[];
  padding?: PixelPadding;
  manufacturer?: string;
  /** Patient's Age (0010,1010) in whole years; 90 stands for all from 90 on, because such ages can tell who somebody is. */
  ageYears?: number;
  modality?: string;
  laterality?: string;
  viewPosition?: string;
  hasImplant?: boolean;
  /** Where a row and a column of pixels lead to in the patient, e.g. `A\\F`; PS3.3 C.7.6.1.1.1. */
  patientOrientation?: string;
  /** Distance of rows and of columns at the detector, PS3.3 C.8.11.4 (DX Detector module). */
  imagerPixelSpacingMm?: [row: number, column: number];
  burnedInAnnotation?: "YES" | "NO";
  /** What was odd about the header and could be read all the same, a sentence without a full stop each. */
  warnings: string[];
  pixelData: PixelData;
  /** The first frame of it: cells, or one compressed bit stream. */
  encoded: Uint8Array;
}

/**
 * A frame's stored values: the bits `highBit` down to `highBit - bitsStored + 1` of each cell, sign-extended
 * where `isSigned`. Length is `rows * columns`. May lie in the bytes given to
 * `readDicom`, or in a decoder's memory until the next frame is decoded.
 */
export interface Pixels {
  samples: StoredSamples;
  rows: number;
  columns: number;
  bitsStored: number;
  isSigned: boolean;
  /** What was odd about the frame and could be decoded all the same, as in `DicomImage`. */
  warnings: string[];
}

/**
 * The largest frame accepted, in bytes of cells of at least 16 bits, as which every frame is worked on: 40 Mi pixels. The
 * largest mammograms have 37 million.
 */
export const maxFrameBytes = 80 * 1024 * 1024;
