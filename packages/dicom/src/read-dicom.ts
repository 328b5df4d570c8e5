import type { DataSet } from "dicom-parser";
import type { DicomImage, PixelPadding, VoiFunction, VoiWindow } from "./dicom-image.ts";
import { maxFrameBytes } from "./dicom-image.ts";
import { DicomError, corruptError } from "./errors.ts";
import { firstFrame } from "./first-frame.ts";
import { parseDataSet } from "./parse-data-set.ts";

/**
 * Reads the header of a single-channel image and finds its pixel data; decodes nothing.
 *
 * Attributes of identity (SOP Class and Instance UID, Patient ID) may be absent or malformed, as in public data sets that
 * were de-identified by hand; only what the pixels need is required: PS3.3 C.7.6.3 (Image Pixel module).
 *
 * @param source the name of the file, for error messages
 * @throws DicomError, see its codes
 */
export function readDicom(bytes: Uint8Array, source: string): DicomImage {
  const { dataSet, transferSyntaxUid } = parseDataSet(bytes, source);
  const facts = pixelFacts(dataSet, source);
  const window = firstWindow(dataSet);
  const padding = pixelPadding(dataSet, facts.isSigned);
  return {
    source,
    transferSyntaxUid,
    ...facts,
    rescale: {
      slope: decimal(dataSet, "x00281053") ?? 1,
      intercept: decimal(dataSet, "x00281052") ?? 0,
    },
    hasModalityTable: dataSet.elements["x00283000"] !== undefined,
    ...(window && { window }),
    ...(padding && { padding }),
    ...optionalText(dataSet, "manufacturer", "x00080070"),
    ...optionalText(dataSet, "modality", "x00080060"),
    ...optionalText(dataSet, "laterality", "x00200062", "x00200060"),
    ...optionalText(dataSet, "viewPosition", "x00185101"),
    encoded: firstFrame(dataSet, { ...facts, transferSyntaxUid, source }),
  };
}

type PixelFacts = Pick<
  DicomImage,
  "rows" | "columns" | "bitsAllocated" | "bitsStored" | "highBit" | "isSigned" | "photometricInterpretation" | "frames"
>;

function pixelFacts(dataSet: DataSet, source: string): PixelFacts {
  if (dataSet.elements["x7fe00010"] === undefined) throw noPixelsError(dataSet, source);
  if (dataSet.elements["x52009230"] !== undefined)
    throw unsupportedImage(source, "an enhanced multi-frame object (tomosynthesis or the like)");
  const photometricInterpretation = dataSet.string("x00280004") ?? "MONOCHROME2";
  const samplesPerPixel = dataSet.uint16("x00280002") ?? 1;
  if (photometricInterpretation !== "MONOCHROME1" && photometricInterpretation !== "MONOCHROME2")
    throw unsupportedImage(source, `a ${photometricInterpretation} image`);
  if (samplesPerPixel !== 1) throw unsupportedImage(source, `an image of ${samplesPerPixel} samples a pixel`);

  const rows = required(dataSet, "x00280010", "Rows", source);
  const columns = required(dataSet, "x00280011", "Columns", source);
  const bitsAllocated = required(dataSet, "x00280100", "Bits Allocated", source);
  const bitsStored = dataSet.uint16("x00280101") ?? bitsAllocated;
  const highBit = dataSet.uint16("x00280102") ?? bitsStored - 1;
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32)
    throw unsupportedImage(source, `an image of ${bitsAllocated} bits a pixel`);
  if (bitsStored < 1 || highBit < bitsStored - 1 || highBit >= bitsAllocated)
    throw corruptError(
      source,
      `its header puts ${bitsStored} bits below bit ${highBit + 1} of ${bitsAllocated}, which is impossible`,
    );
  if (rows * columns * (bitsAllocated / 8) > maxFrameBytes)
    throw new DicomError({
      code: "DICOM_TOO_LARGE",
      message: `${source} declares ${columns} x ${rows} pixels, more than the 512 MiB accepted for one image; leave it out.`,
    });
  return {
    rows,
    columns,
    bitsAllocated,
    bitsStored,
    highBit,
    isSigned: dataSet.uint16("x00280103") === 1,
    photometricInterpretation,
    frames: Math.max(1, Math.trunc(decimal(dataSet, "x00280008") ?? 1)),
  };
}

/** The first of the windows that the file offers, PS3.3 C.11.2.1.2; undefined where there is none that means anything. */
function firstWindow(dataSet: DataSet): VoiWindow | undefined {
  const center = decimal(dataSet, "x00281050");
  const width = decimal(dataSet, "x00281051");
  const named = dataSet.string("x00281056") ?? "LINEAR";
  if (center === undefined || width === undefined) return undefined;
  const voiFunction: VoiFunction = named === "SIGMOID" || named === "LINEAR_EXACT" ? named : "LINEAR";
  if (width <= 0 || (voiFunction === "LINEAR" && width < 1)) return undefined;
  return { center, width, function: voiFunction };
}

function pixelPadding(dataSet: DataSet, isSigned: boolean): PixelPadding | undefined {
  const read = (tag: string) => (isSigned ? dataSet.int16(tag) : dataSet.uint16(tag));
  const value = read("x00280120");
  if (value === undefined) return undefined;
  const limit = read("x00280121") ?? value;
  return { low: Math.min(value, limit), high: Math.max(value, limit) };
}

function required(dataSet: DataSet, tag: string, name: string, source: string): number {
  const value = dataSet.uint16(tag);
  if (value === undefined || value === 0) throw corruptError(source, `its header has no ${name}`);
  return value;
}

function decimal(dataSet: DataSet, tag: string): number | undefined {
  const value = dataSet.floatString(tag);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function optionalText<Name extends string>(
  dataSet: DataSet,
  name: Name,
  ...tags: string[]
): Partial<Record<Name, string>> {
  for (const tag of tags) {
    const text = dataSet.string(tag);
    // The cast: a computed key of one literal name, which the compiler widens to an index.
    if (text !== undefined && text !== "") return { [name]: text } as Record<Name, string>;
  }
  return {};
}

function noPixelsError(dataSet: DataSet, source: string): DicomError {
  const isFloat = dataSet.elements["x7fe00008"] !== undefined || dataSet.elements["x7fe00009"] !== undefined;
  if (isFloat) return unsupportedImage(source, "an image of floating-point values");
  return new DicomError({
    code: "DICOM_NO_PIXELS",
    message: `${source} holds no image: Pixel Data (7FE0,0010) is absent; leave the file out.`,
  });
}

function unsupportedImage(source: string, what: string): DicomError {
  return new DicomError({
    code: "DICOM_UNSUPPORTED_IMAGE",
    message: `${source} is ${what}; only single-channel integer images can be read, so leave it out.`,
  });
}
