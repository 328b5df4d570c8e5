import { type DataElement, tags, textElement, textOf, vrOf } from "./data-set.ts";
import { dummyValue } from "./dummy-value.ts";
import { type Rule, ruleFor } from "./profile.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { shiftedTime } from "./shifted-time.ts";

/** How many attributes of each keyword met which fate, in items of sequences too; rules without a keyword count by their name. */
export interface AttributeCounts {
  removed: Record<string, number>;
  emptied: Record<string, number>;
  replaced: Record<string, number>;
  /** Dates, and times with a date. */
  moved: Record<string, number>;
}

export interface ElementContext {
  pseudonyms: Pseudonyms;
  daysBack: number;
  counts: AttributeCounts;
}

/**
 * Applies the profile to a data set and, recursively, to the items of its sequences (PS3.15 E.2: a rule holds at any depth).
 *
 * Group lengths, retired, and groups of commands, of file meta information and of a media's directory, which no data set of an
 * image has, are left out without being counted.
 */
export function deidentifyElements(elements: DataElement[], context: ElementContext): DataElement[] {
  return elements.flatMap((element) => {
    const isStray = (element.tag & 0xffff) === 0 || element.tag >>> 16 < 0x0008;
    return isStray ? [] : deidentified(element, ruleFor(element.tag), context);
  });
}

function deidentified(element: DataElement, rule: Rule, context: ElementContext): DataElement[] {
  const { counts } = context;
  if (rule.isMoved && "value" in element && element.vr === vrOf(element.tag)) {
    const text = shiftedTime(element.vr, textOf(element.value), context.daysBack);
    if (text !== undefined) {
      if (element.vr !== "TM") count(counts.moved, rule);
      return [textElement(element.tag, element.vr, text)];
    }
  }
  switch (rule.action) {
    case "remove":
      count(counts.removed, rule);
      return [];
    case "empty":
      count(counts.emptied, rule);
      return [emptied(element)];
    case "replace":
      count(counts.replaced, rule);
      return replaced(element, context);
    case "uid":
      count(counts.replaced, rule);
      return withNewUids(element, context);
    case "keep":
      if ("items" in element)
        return [{ ...element, items: element.items.map((item) => deidentifyElements(item, context)) }];
      if (vrOf(element.tag) !== "SQ") return [element];
      count(counts.removed, unread); // the bytes of a sequence under a VR that is none: no rule can reach into them
      return [];
  }
}

const unread: Rule = { name: "unread", action: "remove", isMoved: false };

function count(counts: Record<string, number>, { name }: Rule): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function emptied(element: DataElement): DataElement {
  if ("items" in element) return { ...element, items: [] };
  return { tag: element.tag, vr: element.vr, value: new Uint8Array(0) };
}

function replaced(element: DataElement, context: ElementContext): DataElement[] {
  const { tag, vr } = element;
  if ("items" in element)
    return [{ ...element, items: element.items.map((item) => item.flatMap((inner) => dummy(inner, context))) }];
  if (tag === tags.patientId && "value" in element) {
    const patientId = textOf(element.value);
    return [textElement(tag, vr, patientId === "" ? "" : context.pseudonyms.patientId(patientId))];
  }
  if (vr === "UI") return withNewUids(element, context);
  const value = dummyValue(vr);
  return value === undefined ? [] : [{ tag, vr, value }];
}

/** Inside a replaced sequence the structure stays and no value does: what the profile would keep is a dummy too. */
function dummy(element: DataElement, context: ElementContext): DataElement[] {
  const rule = ruleFor(element.tag);
  return rule.action === "keep" && !rule.isMoved ? replaced(element, context) : deidentified(element, rule, context);
}

function withNewUids(element: DataElement, { pseudonyms }: ElementContext): DataElement[] {
  if (!("value" in element)) return [];
  const uids = textOf(element.value)
    .split("\\")
    .map((text) => (text.trim() === "" ? "" : pseudonyms.uid(text.trim())));
  return [textElement(element.tag, element.vr === "UN" ? "UI" : element.vr, uids.join("\\"))];
}
