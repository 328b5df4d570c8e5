import type { DataSet } from "dicom-parser";
import type { DicomImage, LookupTable, PixelPadding, VoiFunction, VoiWindow } from "./dicom-image.ts";

type GreyScale = Pick<DicomImage, "rescale" | "modalityLut" | "windows" | "voiLuts" | "padding">;
type StoredRange = Pick<DicomImage, "bitsStored" | "isSigned">;

/**
 * What a header says about the way from stored values to grey: Modality LUT (PS3.3 C.11.1), VOI LUT (C.11.2), Pixel Padding
 * (C.7.5.1.1.2). What makes no sense is left out, with a warning.
 */
export function readGreyScale(dataSet: DataSet, stored: StoredRange, warnings: string[]): GreyScale {
  const rescale = readRescale(dataSet, warnings);
  const [modalityLut] = readTables(dataSet, "x00283000", stored.isSigned, warnings);
  const padding = readPadding(dataSet, stored.isSigned);
  const isVoiInputSigned = modalityLut === undefined && lowestOutput(rescale, stored) < 0;
  return {
    rescale,
    ...(modalityLut && { modalityLut }),
    windows: readWindows(dataSet, warnings),
    voiLuts: readTables(dataSet, "x00283010", isVoiInputSigned, warnings),
    ...(padding && { padding }),
  };
}

function readRescale(dataSet: DataSet, warnings: string[]): DicomImage["rescale"] {
  const slope = decimal(dataSet, "x00281053");
  const intercept = decimal(dataSet, "x00281052");
  if (slope === 0) warnings.push("its Rescale Slope is 0, taken as 1");
  if (slope === undefined && intercept !== undefined)
    warnings.push("it has a Rescale Intercept but no Rescale Slope, taken as 1");
  if (slope !== undefined && intercept === undefined)
    warnings.push("it has a Rescale Slope but no Rescale Intercept, taken as 0");
  return { slope: slope === undefined || slope === 0 ? 1 : slope, intercept: intercept ?? 0 };
}

function lowestOutput({ slope, intercept }: DicomImage["rescale"], { bitsStored, isSigned }: StoredRange): number {
  const low = isSigned ? -(2 ** (bitsStored - 1)) : 0;
  const high = low + 2 ** bitsStored - 1;
  return Math.min(low * slope, high * slope) + intercept;
}

/** PS3.3 C.11.2.1.2 and C.11.2.1.3: pairs of centre and width, one function for all. */
function readWindows(dataSet: DataSet, warnings: string[]): VoiWindow[] {
  const named = dataSet.string("x00281056") ?? "LINEAR";
  const isKnown = named === "LINEAR" || named === "SIGMOID" || named === "LINEAR_EXACT";
  const voiFunction: VoiFunction = isKnown ? named : "LINEAR";
  const pairs = Math.min(dataSet.numStringValues("x00281050") ?? 0, dataSet.numStringValues("x00281051") ?? 0);
  const windows: VoiWindow[] = [];
  for (let index = 0; index < pairs; index++) {
    const center = dataSet.floatString("x00281050", index);
    const width = dataSet.floatString("x00281051", index);
    if (center === undefined || width === undefined || !Number.isFinite(center) || !Number.isFinite(width)) continue;
    if (width > 0 && (voiFunction !== "LINEAR" || width >= 1)) windows.push({ center, width, function: voiFunction });
    else warnings.push(`its VOI window ${index + 1} has a width of ${width} and is left out`);
  }
  if (!isKnown && windows.length > 0) warnings.push(`its VOI LUT Function ${named} is unknown, taken as LINEAR`);
  return windows;
}

function readTables(dataSet: DataSet, tag: string, isInputSigned: boolean, warnings: string[]): LookupTable[] {
  const items = dataSet.elements[tag]?.items ?? [];
  return items.flatMap(({ dataSet: item }) => {
    const table = item && readTable(item, isInputSigned);
    if (table === undefined) warnings.push(`its look-up table ${tag} has no usable descriptor or data and is left out`);
    return table ?? [];
  });
}

/** LUT Descriptor (0028,3002) and LUT Data (0028,3006); 0 entries mean 65,536, and data of 8 bits may lie byte by byte. */
function readTable(item: DataSet, isInputSigned: boolean): LookupTable | undefined {
  const entries = item.uint16("x00283002", 0);
  const bits = item.uint16("x00283002", 2);
  const isSigned = item.elements["x00283002"]?.vr === "SS" || isInputSigned;
  const firstMapped = isSigned ? item.int16("x00283002", 1) : item.uint16("x00283002", 1);
  const length = item.elements["x00283006"]?.length ?? 0;
  if (entries === undefined || bits === undefined || firstMapped === undefined || bits < 1 || bits > 16)
    return undefined;
  const declared = entries === 0 ? 65536 : entries;
  const isBytes = bits <= 8 && length < 2 * declared;
  const present = Math.min(declared, isBytes ? length : Math.floor(length / 2));
  if (present === 0) return undefined;
  const start = item.elements["x00283006"]?.dataOffset ?? 0;
  const values = Uint16Array.from({ length: present }, (_, index) =>
    isBytes ? (item.byteArray[start + index] ?? 0) : (item.uint16("x00283006", index) ?? 0),
  );
  const explanation = item.string("x00283003");
  return { firstMapped, bits, values, ...(explanation !== undefined && explanation !== "" && { explanation }) };
}

/** Pixel Padding Value and Range Limit, in either order; signed as the pixels are, whatever VR they have. */
function readPadding(dataSet: DataSet, isSigned: boolean): PixelPadding | undefined {
  const read = (tag: string) => (isSigned ? dataSet.int16(tag) : dataSet.uint16(tag));
  const value = read("x00280120");
  if (value === undefined) return undefined;
  const limit = read("x00280121") ?? value;
  return { low: Math.min(value, limit), high: Math.max(value, limit) };
}

function decimal(dataSet: DataSet, tag: string): number | undefined {
  const value = dataSet.floatString(tag);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
