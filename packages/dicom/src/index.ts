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
