import type { DataSet } from "dicom-parser";
import { numberOf, numbersOf, textOf } from "../data-set/values.ts";
import { tagName } from "../data-set/walk-elements.ts";
import type { DicomImage, PixelPadding, VoiFunction, VoiWindow } from "../dicom-image.ts";
import { readLookupTables } from "./read-lookup-tables.ts";

type GreyScale = Pick<DicomImage, "rescale" | "modalityLut" | "windows" | "voiLuts" | "padding" | "isInverted">;
type PixelFacts = Pick<DicomImage, "bitsStored" | "isSigned" | "photometricInterpretation">;

const windowCenterTag = 0x00281050;
const windowWidthTag = 0x00281051;

/**
 * What a header says about the way from stored values to grey: Modality LUT (PS3.3 C.11.1), VOI LUT (C.11.2), Presentation
 * LUT Shape (C.11.6), Pixel Padding (C.7.5.1.1.2). What makes no sense is left out, with a warning.
 */
export function readGreyScale(dataSet: DataSet, facts: PixelFacts, warnings: string[]): GreyScale {
  const rescale = readRescale(dataSet, warnings);
  const [modalityLut] = readLookupTables(dataSet, 0x00283000, facts.isSigned, warnings);
  const padding = readPadding(dataSet, facts.isSigned);
  const isVoiInputSigned = modalityLut === undefined && lowestOutput(rescale, facts) < 0;
  return {
    rescale,
    ...(modalityLut && { modalityLut }),
    windows: readWindows(dataSet, warnings),
    voiLuts: readLookupTables(dataSet, 0x00283010, isVoiInputSigned, warnings),
    ...(padding && { padding }),
    isInverted: readInversion(dataSet, facts, warnings),
  };
}

function readRescale(dataSet: DataSet, warnings: string[]): DicomImage["rescale"] {
  const slope = numberOf(dataSet, 0x00281053, "DS");
  const intercept = numberOf(dataSet, 0x00281052, "DS");
  if (slope === 0) warnings.push("its Rescale Slope is 0, taken as 1");
  if (slope === undefined && intercept !== undefined)
    warnings.push("it has a Rescale Intercept but no Rescale Slope, taken as 1");
  if (slope !== undefined && intercept === undefined)
    warnings.push("it has a Rescale Slope but no Rescale Intercept, taken as 0");
  return { slope: slope === undefined || slope === 0 ? 1 : slope, intercept: intercept ?? 0 };
}

function lowestOutput({ slope, intercept }: DicomImage["rescale"], { bitsStored, isSigned }: PixelFacts): number {
  const low = isSigned ? -(2 ** (bitsStored - 1)) : 0;
  const high = low + 2 ** bitsStored - 1;
  return Math.min(low * slope, high * slope) + intercept;
}

/** PS3.3 C.11.2.1.2 and C.11.2.1.3: pairs of centre and width, one function for all. */
function readWindows(dataSet: DataSet, warnings: string[]): VoiWindow[] {
  const named = textOf(dataSet, 0x00281056)?.toUpperCase() ?? "LINEAR";
  const isKnown = named === "LINEAR" || named === "SIGMOID" || named === "LINEAR_EXACT";
  const voiFunction: VoiFunction = isKnown ? named : "LINEAR";
  const widths = numbersOf(dataSet, windowWidthTag, "DS");
  const windows: VoiWindow[] = [];
  for (const [index, center] of numbersOf(dataSet, windowCenterTag, "DS").entries()) {
    const width = widths[index] ?? NaN;
    const isWide = width > 0 && (voiFunction !== "LINEAR" || width >= 1);
    if (isWide && Number.isFinite(center) && Number.isFinite(width))
      windows.push({ center, width, function: voiFunction });
    else warnings.push(`its VOI window ${index + 1} (centre ${center}, width ${width}) is left out`);
  }
  if (!isKnown && windows.length > 0) warnings.push(`its VOI LUT Function ${named} is unknown, taken as LINEAR`);
  return windows;
}

/** Pixel Padding Value and Range Limit, in either order; signed as the pixels are, whatever VR they have. */
function readPadding(dataSet: DataSet, isSigned: boolean): PixelPadding | undefined {
  const read = (tag: number): number | undefined => {
    const value = numberOf(dataSet, tag, "US");
    if (value === undefined || value < -0x8000 || value > 0xffff) return value; // UL or SL, of cells of 32 bits
    return isSigned ? (value << 16) >> 16 : value & 0xffff;
  };
  const value = read(0x00280120);
  if (value === undefined) return undefined;
  const limit = read(0x00280121) ?? value;
  return { low: Math.min(value, limit), high: Math.max(value, limit) };
}

/** MONOCHROME1 and INVERSE say the same in mammograms (PS3.3 C.8.11.7); each alone inverts, both do not cancel out. */
function readInversion(dataSet: DataSet, { photometricInterpretation }: PixelFacts, warnings: string[]): boolean {
  const shapeTag = 0x20500020;
  const shape = textOf(dataSet, shapeTag);
  const isMonochrome1 = photometricInterpretation === "MONOCHROME1";
  if ((shape === "INVERSE" && !isMonochrome1) || (shape === "IDENTITY" && isMonochrome1))
    warnings.push(
      `its Presentation LUT Shape ${tagName(shapeTag)} is ${shape} and its pixels are ${photometricInterpretation}: shown inverted`,
    );
  return isMonochrome1 || shape === "INVERSE";
}
