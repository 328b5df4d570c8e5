import { type DicomImage, type Pixels, decodePixels, readDicom } from "@mammoflow/dicom";

/** What is said about a file and may leave it: nothing here names, dates or identifies anybody. */
export type HeaderFacts = Pick<DicomImage, "rows" | "columns" | "bitsStored"> &
  Partial<
    Pick<
      DicomImage,
      "photometricInterpretation" | "transferSyntaxUid" | "manufacturer" | "modality" | "laterality" | "viewPosition"
    >
  >;

/** An image as a recipe's steps see it, whatever kind of file it lies in: what its values mean, and how to get them. */
export interface ImageSource extends Pick<
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
> {
  facts: HeaderFacts;
  /**
   * The stored values of the first frame. `unchecked` may leave unused bits in the cells, for a caller that looks at the
   * range anyway.
   */
  decode(options?: { unusedBits: "clear" | "unchecked" }): Promise<Pixels>;
}

/**
 * Finds out what kind of file the bytes are and reads its header; decodes nothing.
 *
 * @param source the name of the file, for messages
 * @throws DicomError when the bytes are no image that can be read
 */
export async function openImage(bytes: Uint8Array, source: string): Promise<ImageSource> {
  return dicomSource(readDicom(bytes, source));
}

function dicomSource(image: DicomImage): ImageSource {
  return { ...image, facts: dicomFacts(image), decode: (options) => decodePixels(image, options) };
}

function dicomFacts(image: DicomImage): HeaderFacts {
  const { rows, columns, bitsStored, photometricInterpretation, transferSyntaxUid } = image;
  const { manufacturer, modality, laterality, viewPosition } = image;
  return {
    rows,
    columns,
    bitsStored,
    photometricInterpretation,
    transferSyntaxUid,
    ...(manufacturer !== undefined && { manufacturer }),
    ...(modality !== undefined && { modality }),
    ...(laterality !== undefined && { laterality }),
    ...(viewPosition !== undefined && { viewPosition }),
  };
}
