import { type DicomImage, type Pixels, decodePixels, readDicom } from "@mammoflow/dicom";
import { openRaster, rasterKind } from "./read-raster.ts";

/** What is said about a file and may leave it: nothing here names, dates or identifies anybody. */
export type HeaderFacts = Pick<DicomImage, "rows" | "columns" | "bitsStored"> &
  Partial<Pick<DicomImage, (typeof optionalFacts)[number]>>;

const optionalFacts = [
  "photometricInterpretation",
  "transferSyntaxUid",
  "manufacturer",
  "ageYears",
  "modality",
  "laterality",
  "viewPosition",
  "patientOrientation",
  "imagerPixelSpacingMm",
  "hasImplant",
  "burnedInAnnotation",
] as const satisfies (keyof DicomImage)[];

/** What the steps need to know of the values and the breast. */
export type ImageFacts = Pick<
  DicomImage,
  | "source"
  | "rows"
  | "columns"
  | "frames"
  | "isInverted"
  | "rescale"
  | "modalityLut"
  | "windows"
  | "voiLuts"
  | "padding"
  | "laterality"
  | "patientOrientation"
  | "warnings"
>;

/** An image as a recipe's steps see it, whatever kind of file it lies in: what its values mean, and how to get them. */
export interface ImageSource extends ImageFacts {
  facts: HeaderFacts;
  /**
   * The stored values of the first frame. `unchecked` may leave unused bits in the cells, for a caller that looks at the
   * range anyway.
   */
  decode(options?: { unusedBits: "clear" | "unchecked" }): Promise<Pixels>;
}

/**
 * Finds out what kind of file the bytes are (by the bytes, not by its name) and reads its header; decodes nothing.
 *
 * @param source the name of the file, for messages
 * @throws DicomError, or ImageError for a PNG, JPEG, TIFF or PGM file, when it is no image that can be read
 */
export async function openImage(bytes: Uint8Array, source: string): Promise<ImageSource> {
  const kind = rasterKind(bytes);
  const image = kind === undefined ? dicomSource(readDicom(bytes, source)) : await openRaster(bytes, kind, source);
  if (image.frames === 1) return image;
  const unused = `the file has ${image.frames} frames, of which the first is used`;
  return { ...image, warnings: [...image.warnings, unused] };
}

function dicomSource(image: DicomImage): ImageSource {
  const { rows, columns, bitsStored } = image;
  const present = optionalFacts.flatMap((name) => (image[name] === undefined ? [] : [[name, image[name]]]));
  return {
    ...image,
    facts: { rows, columns, bitsStored, ...Object.fromEntries(present) },
    decode: (options) => decodePixels(image, options),
  };
}
