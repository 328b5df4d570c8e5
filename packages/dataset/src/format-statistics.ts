import type { DatasetStatistics, SplitStatistics } from "./describe-dataset.ts";

/** @returns a table for the terminal, without colours, about 80 characters wide but for warnings. */
export function formatStatistics(statistics: DatasetStatistics): string {
  const { splits, total, labelRule, comparison, excluded, warnings } = statistics;
  const columns = [splits.training, splits.test, total];
  const line = (name: string, valueOf: (split: SplitStatistics) => string) =>
    name.padEnd(24) + columns.map((split) => valueOf(split).padStart(18)).join("");
  const counted = (name: string, of: (split: SplitStatistics) => number, whole: (split: SplitStatistics) => number) =>
    line(name, (split) => `${thousands(of(split))}  ${percent(of(split), whole(split)).padStart(6)}`);
  const group = (names: string[], title: string, of: (split: SplitStatistics, name: string) => number) =>
    names
      .filter((name) => of(total, name) > 0)
      .map((name) =>
        counted(
          `${title}${name}`,
          (split) => of(split, name),
          (split) => split.images,
        ),
      );

  const without = excluded.map(({ birads, images }) => `${thousands(images)} of BI-RADS ${birads}`);
  const { prevalenceDifference: difference, tests } = comparison;
  const chi = (name: keyof typeof tests) => `${name} p ${tests[name].p.toFixed(3)}`;
  return [
    `Data set ${statistics.root}`,
    `Malignant from BI-RADS ${labelRule.malignantFrom}, one row per ${labelRule.rows === "images" ? "image" : "finding"}` +
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
    ...group(Object.keys(total.birads), "BI-RADS ", (split, name) => split.birads[name] ?? 0),
    "",
    ...group(
      Object.keys(total.density),
      "density ",
      (split, name) => (split.density as Record<string, number>)[name] ?? 0,
    ),
    "",
    ...group(Object.keys(total.views), "view ", (split, name) => split.views[name] ?? 0),
    ...group(Object.keys(total.manufacturerModels), "", (split, name) => split.manufacturerModels[name] ?? 0),
    "",
    `Splits are ${comparison.isStratified ? "stratified" : "NOT stratified"}: ${chi("class")}, ${chi("birads")}, ${chi("density")};`,
    `  malignant images, test minus training: ${points(difference.value)} points (95 % ${points(difference.low)} to ${points(difference.high)}).`,
    ...wrap(`By ${comparison.method}.`),
    `Splits ${comparison.isStudyDisjoint ? "share no study, series or image" : `SHARE ${comparison.shared.studies} studies, ${comparison.shared.series} series, ${comparison.shared.images} images`}.`,
    `Patients: ${comparison.patients}.`,
    ...warnings.map((warning) => `Warning: ${warning}`),
    "",
  ].join("\n");
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
