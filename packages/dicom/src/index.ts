export { decodePixels } from "./decode-pixels.ts";
export type {
  DicomImage,
  LookupTable,
  PixelPadding,
  Pixels,
  StoredSamples,
  VoiFunction,
  VoiWindow,
} from "./dicom-image.ts";
export { DicomError } from "./errors.ts";
export { lookUp, modalityValue } from "./grey-values.ts";
export { type DicomHeader, readHeader } from "./read-header.ts";
export { readDicom } from "./read-dicom.ts";
export { type DicomSpec, writeDicom } from "./write-dicom.ts";
export { type DeidentifiedDicom, type DeidentifyOptions, deidentifyDicom } from "./deidentify/deidentify-dicom.ts";
export type { AttributeCounts } from "./deidentify/deidentify-elements.ts";
export type { MaskedFrame, MaskFrame } from "./deidentify/deidentify-pixels.ts";
export { createPseudonyms } from "./deidentify/pseudonyms.ts";
export { identifyingAttributes } from "./deidentify/identifying-attributes.ts";
