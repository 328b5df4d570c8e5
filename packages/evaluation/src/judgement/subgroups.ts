import type { Prediction } from "./prediction.ts";

/** Fewer patients than this of either kind, and a group is marked as small. */
export const smallGroup = 10;

/** Values of one column that are shown; the rarer ones are put together. */
const shownValues = 12;

/** The images that share a value of a column. */
export interface Group {
  value: string;
  predictions: Prediction[];
}

export interface Grouping {
  column: string;
  groups: Group[];
}

/** The columns by which these predictions can be told apart, each with at least two values. */
export function groupingsOf(predictions: readonly Prediction[]): Grouping[] {
  const columns: [column: string, valueOf: (prediction: Prediction) => string | null][] = [
    ["density", ({ density }) => density],
    ["laterality", ({ laterality }) => laterality],
    ["view", ({ view }) => view],
    ["manufacturer", ({ manufacturer }) => manufacturer],
    ["age", ({ ageYears }) => (ageYears === null ? null : ageBand(ageYears))],
    ["source", ({ source }) => source],
    ...[...new Set(predictions.flatMap(({ groups }) => Object.keys(groups)))]
      .toSorted()
      .map((name): [string, (prediction: Prediction) => string | null] => [name, ({ groups }) => groups[name] ?? null]),
  ];
  return columns
    .filter(([, valueOf]) => predictions.some((prediction) => valueOf(prediction) !== null))
    .map(([column, valueOf]) => ({ column, groups: groupsBy(predictions, valueOf) }))
    .filter(({ groups }) => groups.length > 1);
}

/** `under 40`, `40-49`, `50-59`, `60-69`, `70 and over`: the decades in which screening starts and ends. */
function ageBand(years: number): string {
  if (years < 40) return "under 40";
  if (years >= 70) return "70 and over";
  const decade = Math.floor(years / 10) * 10;
  return `${decade}-${decade + 9}`;
}

/** By value in the order of their names, what is not known last. */
function groupsBy(predictions: readonly Prediction[], valueOf: (prediction: Prediction) => string | null): Group[] {
  const known = new Map<string, Prediction[]>();
  const unknown: Prediction[] = [];
  for (const prediction of predictions) {
    const value = valueOf(prediction);
    const members = value === null ? unknown : known.get(value);
    if (members) members.push(prediction);
    else if (value !== null) known.set(value, [prediction]);
  }
  const bySize = [...known].toSorted(([, a], [, b]) => b.length - a.length);
  const isMany = bySize.length > shownValues;
  const rare = isMany ? bySize.slice(shownValues - 1).flatMap(([, members]) => members) : [];
  return [
    ...(isMany ? bySize.slice(0, shownValues - 1) : bySize)
      .map(([value, members]) => ({ value, predictions: members }))
      .toSorted((a, b) => rankOf(a.value) - rankOf(b.value) || a.value.localeCompare(b.value, "en", { numeric: true })),
    ...(rare.length > 0 ? [{ value: "other", predictions: rare }] : []),
    ...(unknown.length > 0 ? [{ value: "not given", predictions: unknown }] : []),
  ];
}

/** The youngest come first. */
const rankOf = (value: string): number => (value === "under 40" ? 0 : 1);
