import type { DataSet } from "dicom-parser";
import { itemsOf, lengthOf, numbersOf, textOf, wordsOf } from "../data-set/values.ts";
import { tagName } from "../data-set/walk-elements.ts";
import type { LookupTable } from "../dicom-image.ts";

const descriptorTag = 0x00283002;
const explanationTag = 0x00283003;
const dataTag = 0x00283006;
/** Files have a handful at most. */
const mostTables = 16;

/**
 * The tables of a Modality LUT Sequence (0028,3000), PS3.3 C.11.1.1, or of a VOI LUT Sequence (0028,3010), C.11.2.1.1. A
 * table that makes no sense is left out, with a warning.
 *
 * @param isInputSigned whether what the table is looked up for may be below 0; that decides what a first value mapped of
 *   more than 32,767 means
 */
export function readLookupTables(
  dataSet: DataSet,
  sequenceTag: number,
  isInputSigned: boolean,
  warnings: string[],
): LookupTable[] {
  const tables: LookupTable[] = [];
  const leaveOut = (reason: string) => warnings.push(`a table of ${tagName(sequenceTag)} is left out: ${reason}`);
  for (const item of itemsOf(dataSet, sequenceTag).slice(0, mostTables)) {
    const table = readTable(item, isInputSigned);
    if (typeof table === "string") leaveOut(table);
    else tables.push(table);
  }
  return tables;
}

/**
 * LUT Descriptor: number of entries (0 means 65,536), first value mapped, bits of an entry. LUT Data may hold fewer entries,
 * or larger ones: what is there counts.
 *
 * @returns the table, or why there is none
 */
function readTable(item: DataSet, isInputSigned: boolean): LookupTable | string {
  const [entries, first, bits] = numbersOf(item, descriptorTag, "US");
  if (entries === undefined || first === undefined || bits === undefined) return "it has no LUT Descriptor";
  if (bits < 1 || bits > 16) return `its entries have ${bits} bits`;
  const declared = (entries & 0xffff) === 0 ? 0x10000 : entries & 0xffff;
  const values = readEntries(item, bits, declared);
  if (values.length === 0) return "it has no LUT Data";
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const explanation = textOf(item, explanationTag);
  return {
    firstMapped: isInputSigned ? (first << 16) >> 16 : first,
    bits: Math.max(bits, 32 - Math.clz32(largest)),
    values,
    ...(explanation !== undefined && { explanation }),
  };
}

/** Entries of up to 8 bits may lie two in a word, the first in its lower byte, or in a word each; the length tells. */
function readEntries(item: DataSet, bits: number, declared: number): Uint16Array {
  if (bits > 8 || lengthOf(item, dataTag) >= 2 * declared) return wordsOf(item, dataTag, declared);
  const words = wordsOf(item, dataTag, Math.ceil(declared / 2));
  return Uint16Array.from({ length: Math.min(declared, 2 * words.length) }, (_, index) => {
    const word = words[index >> 1] ?? 0;
    return index % 2 === 0 ? word & 0xff : word >> 8;
  });
}
