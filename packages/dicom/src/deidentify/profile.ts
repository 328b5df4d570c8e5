import { isPrivate, vrOf } from "./data-set.ts";
import { kindUids, profileTable } from "./profile-table.ts";

/** What is done to an attribute: X, Z, D, U and K of PS3.15 Table E.1-1a. */
type Action = "remove" | "empty" | "replace" | "uid" | "keep";

export interface Rule {
  /** Keyword of PS3.6, for reports. */
  name: string;
  action: Action;
  /** A date or time that is moved and kept; `action` is for those that cannot be read. */
  isMoved: boolean;
}

/**
 * Where the table leaves a choice that depends on the IOD ("X unless Z is required"), the one that no IOD forbids: an attribute
 * that must be there stays there, with nothing in it that came from the file.
 */
const actions: Record<string, Action> = {
  X: "remove",
  Z: "empty",
  D: "replace",
  U: "uid",
  "X/Z": "empty",
  "X/D": "replace",
  "Z/D": "replace",
  "X/Z/D": "replace",
  "X/Z/U*": "keep", // a sequence of references, whose UIDs are replaced where they stand
};

const kept: Rule = { name: "", action: "keep", isMoved: false };

let table: Map<number, Rule> | undefined;
let kinds: Set<number> | undefined;

/**
 * The rule for an attribute: of the Basic Application Level Confidentiality Profile with the Retain Longitudinal Temporal
 * Information with Modified Dates Option, PS3.15 E.2 and E.3.6.
 *
 * Beyond the table, to be on the safe side: what PS3.6 does not know is removed, because nobody can say what it holds; overlays
 * are removed whole; names of persons are emptied; dates are moved; UIDs of things, not of kinds, are replaced.
 */
export function ruleFor(tag: number): Rule {
  const group = tag >>> 16;
  if (isPrivate(tag)) return named("private");
  if (group >= 0x5000 && group < 0x5100) return named("curves");
  if (group >= 0x6000 && group < 0x6100) return named("overlays");
  table ??= parsedTable();
  const rule = table.get(tag);
  if (rule) return rule;
  const vr = vrOf(tag);
  if (vr === undefined) return named("unknown");
  if (vr === "PN") return { name: vr, action: "empty", isMoved: false };
  if (vr === "DA" || vr === "DT" || vr === "TM") return { name: vr, action: "empty", isMoved: true };
  kinds ??= new Set(
    kindUids
      .trim()
      .split(/\s+/)
      .map((text) => Number.parseInt(text, 16)),
  );
  return vr === "UI" && !kinds.has(tag) ? { name: vr, action: "uid", isMoved: false } : kept;
}

function named(name: string): Rule {
  return { name, action: "remove", isMoved: false };
}

function parsedTable(): Map<number, Rule> {
  return new Map(
    profileTable
      .trim()
      .split("\n")
      .map((line) => {
        const [tag = "", code = "", name = ""] = line.split(" ");
        const action = actions[code.replace("+C", "")];
        if (action === undefined) throw new Error(`profile-table: ${line} has an unknown action`);
        return [Number.parseInt(tag, 16), { name, action, isMoved: code.endsWith("+C") }];
      }),
  );
}
