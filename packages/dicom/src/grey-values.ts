import type { DicomImage, LookupTable } from "./dicom-image.ts";

/**
 * The modality value of a stored value: by the Modality LUT where there is one, else by the rescale line; PS3.3 C.11.1.
 *
 * Not rounded. In manufacturer's units, optical density or whatever the file means; what VOI windows and VOI LUTs are about.
 */
export function modalityValue({ modalityLut, rescale }: Pick<DicomImage, "modalityLut" | "rescale">, stored: number) {
  return modalityLut === undefined ? stored * rescale.slope + rescale.intercept : lookUp(modalityLut, stored);
}

/**
 * The table's entry for a value; a value outside of the table has its first or last one, PS3.3 C.11.1.1 and C.11.2.1.1.
 *
 * @returns 0 to `2 ** table.bits - 1`
 */
export function lookUp({ firstMapped, values }: LookupTable, value: number): number {
  const index = Math.floor(value) - firstMapped;
  return values[index < 0 ? 0 : index < values.length ? index : values.length - 1] ?? 0;
}
