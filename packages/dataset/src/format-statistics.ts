import { ruleInWords, type MadeSplit } from "./dataset.ts";
import type { DatasetStatistics, SplitStatistics } from "./describe-dataset.ts";

/** @returns a table for the terminal, without colours, about 80 characters wide but for warnings. */
export function formatStatistics(statistics: DatasetStatistics): string {
  const { splits, total, labelRule, comparison, excluded, warnings } = statistics;
  const columns = [splits.training, splits.test, total];
  const line = (name: string, valueOf: (split: SplitStatistics) => string) =>
    name.padEnd(24) + columns.map((split) => valueOf(split).padStart(18)).join("");
  const counted = (name: string, of: (split: SplitStatistics) => number, whole: (split: SplitStatistics) => number) =>
    line(name, (split) => `${thousands(of(split))}  ${percent(of(split), whole(split)).padStart(6)}`);
  const group = (title: string, countsOf: (split: SplitStatistics) => Record<string, number>) => {
    const names = shownNames(countsOf(total));
    const lines = names.map((name) =>
      counted(
        `${title}${name}`.slice(0, 23),
        (split) => countsOf(split)[name] ?? 0,
        (split) => split.images,
      ),
    );
    return lines.length > 0 ? [...lines, ""] : [];
  };

  const without = excluded.map(({ birads, images }) => `${thousands(images)} of BI-RADS ${birads}`);
  const { prevalenceDifference: difference, tests, shared } = comparison;
  const chances = Object.entries(tests).map(([name, { p }]) => `${name} p ${p.toFixed(3)}`);
  return [
    `Data set ${statistics.root} (${statistics.adapter})`,
    `${capitalised(ruleInWords(labelRule))}, one row per ${labelRule.rows === "images" ? "image" : "finding"}` +
      (without.length > 0 ? `; left out: ${without.join(", ")} images` : ""),
    "",
    "".padEnd(24) + ["training", "test", "all"].map((name) => name.padStart(18)).join(""),
    line("studies", ({ studies }) => thousands(studies)),
    line("images", ({ images }) => thousands(images)),
    line("rows", ({ rows }) => thousands(rows)),
    counted(
      "malignant rows",
      (split) => split.malignantRows,
      (split) => split.rows,
    ),
    counted(
      "malignant images",
      (split) => split.malignantImages,
      (split) => split.images,
    ),
    counted(
      "malignant studies",
      (split) => split.malignantStudies,
      (split) => split.studies,
    ),
    line("F1 of always malignant", ({ alwaysMalignantF1 }) => alwaysMalignantF1.toFixed(3)),
    "",
    ...group("BI-RADS ", ({ birads }) => birads),
    ...group("density ", ({ density }) => density),
    ...group("view ", ({ views }) => views),
    ...Object.keys(total.groups).flatMap((name) => group(`${name} `, ({ groups }) => groups[name] ?? {})),
    ...(statistics.madeSplit ? [`${madeSplitInWords(statistics.madeSplit)}.`] : []),
    `Splits are ${comparison.isStratified ? "stratified" : "NOT stratified"}: ${chances.join(", ")};`,
    `  malignant images, test minus training: ${points(difference.value)} points (95 % ${points(difference.low)} to ${points(difference.high)}).`,
    ...wrap(`By ${comparison.method}.`),
    `Splits ${comparison.isDisjoint ? "share no study, series or image" : `SHARE ${shared.studies} studies, ${shared.series} series, ${shared.images} images`}.`,
    `Patients: ${comparison.patients}.`,
    ...warnings.map((warning) => `Warning: ${warning}`),
    "",
  ].join("\n");
}

/** Names that are shown of a group: those that occur, the most frequent ones where there are many; none where nothing is said. */
export function shownNames(counts: Record<string, number>): string[] {
  const names = Object.keys(counts).filter((name) => (counts[name] ?? 0) > 0);
  if (names.every((name) => name === "unknown")) return [];
  if (names.length <= mostNames) return names;
  return names.toSorted((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0)).slice(0, mostNames);
}

const mostNames = 12;

/** `Split made here by seed 1: 20 % of the patients are for the test, stratified by class and density`. */
export function madeSplitInWords({ seed, testShare }: MadeSplit): string {
  return `Split made here by seed ${seed}: ${Number((100 * testShare).toFixed(1))} % of the patients are for the test, stratified by class and density`;
}

export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Indented lines of at most 90 characters. */
function wrap(text: string): string[] {
  return (text.match(/.{1,86}(?:\s|$)/g) ?? []).map((line) => `  ${line.trimEnd()}`);
}

export function thousands(count: number): string {
  return count.toLocaleString("en-US");
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** A difference of shares in percentage points, with its sign. */
export function points(difference: number): string {
  return `${difference < 0 ? "-" : "+"}${Math.abs(100 * difference).toFixed(1)}`;
}
