import { type DataElement, textOf } from "./data-set.ts";
import { ruleFor } from "./profile.ts";
import { readDataSet } from "./read-data-set.ts";

/**
 * What a file's header says that the Basic Profile (PS3.15 table E.1-1) would not let out: attributes to be removed, emptied
 * or replaced that have a value. UIDs and dates, which files cannot be without, are left out.
 *
 * @returns keywords of PS3.6, each once
 * @throws DicomError when the file cannot be read
 */
export function identifyingAttributes(bytes: Uint8Array, source: string): string[] {
  const found = new Set<string>();
  const look = (elements: DataElement[]): void => {
    for (const element of elements) {
      const { name, action, isMoved } = ruleFor(element.tag);
      const isIdentifying = action === "remove" || action === "empty" || action === "replace";
      if (isIdentifying && !isMoved && element.vr !== "UI" && hasValue(element)) found.add(name);
      else if ("items" in element) element.items.forEach(look);
    }
  };
  look(readDataSet(bytes, source).elements);
  return [...found];
}

function hasValue(element: DataElement): boolean {
  if ("items" in element) return element.items.length > 0;
  return "value" in element && textOf(element.value).trim() !== "";
}
