import type { DataSet } from "dicom-parser";
import type { ParsedDataSet } from "../data-set/parse-data-set.ts";
import { numberOf, textOf } from "../data-set/values.ts";
import { type Elements, pixelDataTag } from "../data-set/walk-elements.ts";
import { type DicomImage, maxFrameBytes } from "../dicom-image.ts";
import { DicomError, corruptError } from "../errors.ts";

export type PixelFacts = Pick<
  DicomImage,
  "rows" | "columns" | "bitsAllocated" | "bitsStored" | "highBit" | "isSigned" | "photometricInterpretation" | "frames"
>;

const tomosynthesisClass = "1.2.840.10008.5.1.4.1.1.13.1.3";
const functionalGroupTags = [0x52009229, 0x52009230];
const floatPixelDataTags = [0x7fe00008, 0x7fe00009];

/**
 * Size and cells of an image, PS3.3 C.7.6.3 (Image Pixel module), PS3.5 section 8.1.1.
 *
 * @throws DicomError `DICOM_UNSUPPORTED_IMAGE` with the kind of image it is, `DICOM_NO_PIXELS`, `DICOM_CORRUPT`,
 *   `DICOM_TOO_LARGE`
 */
export function readPixelFacts(
  { dataSet, elements, sopClassUid, warnings }: ParsedDataSet,
  source: string,
): PixelFacts {
  refuseOtherObjects(elements, sopClassUid, source);
  const photometricInterpretation = readPhotometricInterpretation(dataSet, source, warnings);
  const rows = required(dataSet, 0x00280010, "Rows", source);
  const columns = required(dataSet, 0x00280011, "Columns", source);
  const bits = readBits(dataSet, source);
  if (rows * columns * Math.max(2, bits.bitsAllocated / 8) > maxFrameBytes)
    throw new DicomError({
      code: "DICOM_TOO_LARGE",
      message: `${source} declares ${columns} x ${rows} pixels, more than the 80 MiB accepted for one image; leave it out.`,
    });
  return {
    rows,
    columns,
    ...bits,
    isSigned: numberOf(dataSet, 0x00280103, "US") === 1,
    photometricInterpretation,
    frames: Math.max(1, Math.trunc(numberOf(dataSet, 0x00280008, "IS") ?? 1)),
  };
}

function refuseOtherObjects(elements: Elements, sopClassUid: string | undefined, source: string): void {
  if (sopClassUid === tomosynthesisClass)
    throw unsupportedImage(source, "breast tomosynthesis, a stack of slices and no mammogram");
  if (functionalGroupTags.some((tag) => elements.has(tag)))
    throw unsupportedImage(source, "an enhanced multi-frame object (tomosynthesis or the like), no mammogram");
  if (floatPixelDataTags.some((tag) => elements.has(tag)))
    throw unsupportedImage(source, "an image of floating-point values");
  if (!elements.has(pixelDataTag))
    throw new DicomError({
      code: "DICOM_NO_PIXELS",
      message: `${source} holds no image: Pixel Data (7FE0,0010) is absent; leave the file out.`,
    });
}

function readPhotometricInterpretation(
  dataSet: DataSet,
  source: string,
  warnings: string[],
): DicomImage["photometricInterpretation"] {
  const samplesPerPixel = numberOf(dataSet, 0x00280002, "US") ?? 1;
  const named = textOf(dataSet, 0x00280004)?.toUpperCase();
  if (named === undefined) warnings.push("it has no Photometric Interpretation, taken as MONOCHROME2");
  const interpretation = named ?? "MONOCHROME2";
  if (interpretation !== "MONOCHROME1" && interpretation !== "MONOCHROME2")
    throw unsupportedImage(source, `a ${interpretation} image`);
  if (samplesPerPixel !== 1) throw unsupportedImage(source, `an image of ${samplesPerPixel} samples a pixel`);
  return interpretation;
}

function readBits(dataSet: DataSet, source: string): Pick<PixelFacts, "bitsAllocated" | "bitsStored" | "highBit"> {
  const bitsAllocated = required(dataSet, 0x00280100, "Bits Allocated", source);
  const bitsStored = numberOf(dataSet, 0x00280101, "US") ?? bitsAllocated;
  const highBit = numberOf(dataSet, 0x00280102, "US") ?? bitsStored - 1;
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32)
    throw unsupportedImage(source, `an image of ${bitsAllocated} bits allocated a pixel, not 8, 16 or 32`);
  if (bitsStored < 1 || highBit < bitsStored - 1 || highBit >= bitsAllocated)
    throw corruptError(
      source,
      `its header puts ${bitsStored} bits below bit ${highBit + 1} of ${bitsAllocated}, which is impossible`,
    );
  return { bitsAllocated, bitsStored, highBit };
}

function required(dataSet: DataSet, tag: number, name: string, source: string): number {
  const value = numberOf(dataSet, tag, "US");
  if (value === undefined || value < 1 || value > 0xffffffff || !Number.isInteger(value))
    throw corruptError(source, `its header has no ${name}`);
  return value;
}

function unsupportedImage(source: string, what: string): DicomError {
  return new DicomError({
    code: "DICOM_UNSUPPORTED_IMAGE",
    message: `${source} is ${what}; only single-channel integer images can be read, so leave it out.`,
  });
}
