import type { DataSet } from "dicom-parser";
import { type DicomImage, maxFrameBytes } from "./dicom-image.ts";
import { encodedFrame, findPixelData } from "./encoded-frames.ts";
import { DicomError, corruptError } from "./errors.ts";
import { parseDataSet } from "./parse-data-set.ts";
import { readGreyScale } from "./read-grey-scale.ts";

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
  const warnings: string[] = [];
  const shape = dataSet.string("x20500020");
  const pixelData = findPixelData(dataSet, { ...facts, source });
  return {
    source,
    transferSyntaxUid,
    ...facts,
    isInverted: facts.photometricInterpretation === "MONOCHROME1" || shape === "INVERSE",
    ...readGreyScale(dataSet, facts, warnings),
    ...readView(dataSet),
    warnings,
    pixelData,
    encoded: encodedFrame(pixelData, 0, { ...facts, source }),
  };
}

type View = Pick<
  DicomImage,
  | "manufacturer"
  | "modality"
  | "laterality"
  | "viewPosition"
  | "hasImplant"
  | "patientOrientation"
  | "imagerPixelSpacingMm"
  | "burnedInAnnotation"
>;

/** What is shown and how it was taken; nothing of it names anybody. */
function readView(dataSet: DataSet): View {
  const implant = dataSet.string("x00281300");
  const burnedIn = dataSet.string("x00280301");
  const [row, column] = [0, 1].map((index) => decimal(dataSet, "x00181164", index));
  return {
    ...optionalText(dataSet, "manufacturer", "x00080070"),
    ...optionalText(dataSet, "modality", "x00080060"),
    ...optionalText(dataSet, "laterality", "x00200062", "x00200060"),
    ...optionalText(dataSet, "viewPosition", "x00185101"),
    ...optionalText(dataSet, "patientOrientation", "x00200020"),
    ...((implant === "YES" || implant === "NO") && { hasImplant: implant === "YES" }),
    ...((burnedIn === "YES" || burnedIn === "NO") && { burnedInAnnotation: burnedIn }),
    ...(row !== undefined && column !== undefined && { imagerPixelSpacingMm: [row, column] }),
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

function required(dataSet: DataSet, tag: string, name: string, source: string): number {
  const value = dataSet.uint16(tag);
  if (value === undefined || value === 0) throw corruptError(source, `its header has no ${name}`);
  return value;
}

function decimal(dataSet: DataSet, tag: string, index = 0): number | undefined {
  const value = dataSet.floatString(tag, index);
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
