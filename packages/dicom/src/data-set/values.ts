/** What dicom-parser's data sets hold, as this package asks for it: undefined where a value is absent, empty or not what it should be. */
import type { DataSet } from "dicom-parser";

/** More than any attribute read here has, and a bound on what a forged one costs. */
const mostValues = 256;
/** Of a decimal string; the standard allows 16 and some writers do not care. */
const mostDigits = 64;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

type ReadOne = (dataSet: DataSet, key: string, index: number) => number | undefined;

/** Numbers in binary, PS3.5 section 6.2: bytes of each and how to read one. */
const binary: Readonly<Record<string, { bytes: number; read: ReadOne }>> = {
  US: { bytes: 2, read: (dataSet, key, index) => dataSet.uint16(key, index) },
  SS: { bytes: 2, read: (dataSet, key, index) => dataSet.int16(key, index) },
  UL: { bytes: 4, read: (dataSet, key, index) => dataSet.uint32(key, index) },
  SL: { bytes: 4, read: (dataSet, key, index) => dataSet.int32(key, index) },
  FL: { bytes: 4, read: (dataSet, key, index) => dataSet.float(key, index) },
  FD: { bytes: 8, read: (dataSet, key, index) => dataSet.double(key, index) },
};

/** A value as text without its padding. */
export function textOf(dataSet: DataSet, tag: number): string | undefined {
  return dataSet.string(keyOf(tag)) || undefined;
}

/**
 * The numbers of a value, `NaN` for text that is none.
 *
 * @param vr what the data dictionary (PS3.6) says, for where the data set does not say it or says nonsense
 */
export function numbersOf(dataSet: DataSet, tag: number, vr: "US" | "DS" | "IS"): number[] {
  const key = keyOf(tag);
  const element = dataSet.elements[key];
  if (element === undefined) return [];
  const own = element.vr === "DS" || element.vr === "IS" ? undefined : (binary[element.vr ?? ""] ?? binary[vr]);
  if (own === undefined) {
    const parts = textOf(dataSet, tag)?.split("\\", mostValues) ?? [];
    return parts.map((part) => (part.length <= mostDigits && decimal.test(part.trim()) ? Number(part) : NaN));
  }
  const length = Math.min(mostValues, Math.floor(element.length / own.bytes));
  return Array.from({ length }, (_, index) => own.read(dataSet, key, index) ?? NaN);
}

/** The first of them. */
export function numberOf(dataSet: DataSet, tag: number, vr: "US" | "DS" | "IS"): number | undefined {
  const [value] = numbersOf(dataSet, tag, vr);
  return Number.isFinite(value) ? value : undefined;
}

/** The bytes of a value. */
export function lengthOf(dataSet: DataSet, tag: number): number {
  return dataSet.elements[keyOf(tag)]?.length ?? 0;
}

/** The words of two bytes that a value consists of, at most `most` of them; PS3.5 section 6.2 (OW). */
export function wordsOf(dataSet: DataSet, tag: number, most: number): Uint16Array {
  const key = keyOf(tag);
  const length = Math.min(most, Math.floor(lengthOf(dataSet, tag) / 2));
  return Uint16Array.from({ length }, (_, index) => dataSet.uint16(key, index) ?? 0);
}

/** The items of a sequence, PS3.5 section 7.5. */
export function itemsOf(dataSet: DataSet, tag: number): DataSet[] {
  return (dataSet.elements[keyOf(tag)]?.items ?? []).flatMap((item) => item.dataSet ?? []);
}

/** A tag as dicom-parser writes it, e.g. x00280010. */
function keyOf(tag: number): string {
  return `x${tag.toString(16).padStart(8, "0")}`;
}
