import type { DataSet } from "dicom-parser";
import { itemsOf, numbersOf, textOf } from "../data-set/values.ts";
import type { DicomImage } from "../dicom-image.ts";

export type View = Pick<
  DicomImage,
  | "manufacturer"
  | "ageYears"
  | "modality"
  | "laterality"
  | "viewPosition"
  | "hasImplant"
  | "patientOrientation"
  | "imagerPixelSpacingMm"
  | "burnedInAnnotation"
>;

/** View Code Sequence as View Position says it: PS3.16 CID 4014, codes of SNOMED CT and their SNOMED RT forms of old. */
const viewsByCode: Readonly<Record<string, string>> = {
  "399162004": "CC",
  "R-10242": "CC",
  "399368009": "MLO",
  "R-10226": "MLO",
  "399260004": "ML",
  "R-10224": "ML",
  "399352003": "LM",
  "R-10228": "LM",
  "399099002": "LMO",
  "R-10230": "LMO",
  "399192008": "XCCL",
  "R-1024A": "XCCL",
  "399101009": "XCCM",
  "R-1024B": "XCCM",
};

/** What is shown and how it was taken, PS3.3 C.8.11.7 (Mammography Image module) and others; nothing of it names anybody. */
export function readView(dataSet: DataSet): View {
  const implant = textOf(dataSet, 0x00281300);
  const burnedIn = textOf(dataSet, 0x00280301);
  const [row, column] = numbersOf(dataSet, 0x00181164, "DS");
  return {
    ...fact("manufacturer", textOf(dataSet, 0x00080070)),
    ...fact("ageYears", yearsOf(textOf(dataSet, 0x00101010))),
    ...fact("modality", textOf(dataSet, 0x00080060)),
    ...fact("laterality", textOf(dataSet, 0x00200062) ?? textOf(dataSet, 0x00200060)),
    ...fact("viewPosition", textOf(dataSet, 0x00185101) ?? codedView(dataSet)),
    ...fact("hasImplant", implant === "YES" || implant === "NO" ? implant === "YES" : undefined),
    ...fact("patientOrientation", textOf(dataSet, 0x00200020)),
    ...fact("imagerPixelSpacingMm", isLength(row) && isLength(column) ? [row, column] : undefined),
    ...fact("burnedInAnnotation", burnedIn === "YES" || burnedIn === "NO" ? burnedIn : undefined),
  };
}

/** An age string of years, PS3.5 section 6.2 (AS); days, weeks and months are no patient's of mammography. */
function yearsOf(age: string | undefined): number | undefined {
  const years = /^(\d{3})Y$/.exec(age?.trim() ?? "")?.[1];
  return years === undefined ? undefined : Math.min(Number(years), 90);
}

function codedView(dataSet: DataSet): string | undefined {
  const [code] = itemsOf(dataSet, 0x00540220);
  return viewsByCode[(code && textOf(code, 0x00080100)) ?? ""];
}

function isLength(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0;
}

/** An object with the fact, or without it where it is unknown. */
function fact<Name extends keyof View>(name: Name, value: View[Name] | undefined): Pick<View, Name> | object {
  return value === undefined ? {} : { [name]: value };
}
