import { formatCount, formatShare } from "../format.ts";
import { smallGroup } from "../judgement/subgroups.ts";
import type { ComparedRow, Comparison } from "./comparison.ts";

/** A difference is called shown when its p-value, corrected for all of them, lies below this. */
const level = 0.05;

/** Which models are shown to rank worse or better than the reference, and what that rests on. */
export function differencesInWords({ rows, reference, differences, bootstrap }: Comparison): string {
  const other = rows[reference.row];
  if (!other || differences.length === 0) return "There is one model, so there is nothing to compare it with.";
  const shown = differences.filter(({ holm }) => holm !== null && holm < level);
  const many = differences.length === 1 ? "one comparison" : `${differences.length} comparisons`;
  const name = rowTitle(other, rows);
  const rest = differences.length - shown.length;
  const finding =
    shown.length === 0
      ? `No other model's AUC is shown to differ from that of ${name}`
      : `${shown.length === 1 ? "One other model is" : `${shown.length} other models are`} shown to have another AUC than ${name}${rest === 0 ? "" : `; for ${rest} the difference may be chance`}`;
  const lucky = reference.isBest
    ? " The reference was picked for its AUC on these same images, which makes it look somewhat better than it is."
    : "";
  return `${finding} (paired bootstrap over ${formatCount(bootstrap.units)} patients, Holm's correction for ${many}, level ${formatShare(level, 2)}).${lucky}${bootstrap.units < 2 * smallGroup ? " With so few patients all of this may be chance." : ""}`;
}

/** `1,600 images of 400 patients`, and of which sources. */
export function casesInWords({ level, images, cases, bootstrap }: Comparison): string {
  const kind = { image: "images", breast: "breasts", patient: "patients" }[level];
  const patients = level === "patient" ? "" : ` of ${formatCount(bootstrap.units)} patients`;
  const sources = {
    inside: "",
    outside: ", from sources that the models did not learn from",
    all: ", from all sources",
  };
  return `${formatCount(cases)} ${kind}${patients}${sources[images]}`;
}

/** Where decisions are made. */
export function thresholdInWords({ threshold }: Comparison): string {
  return threshold === "own"
    ? "each model's own operating point, chosen on validation (.5 where that could not choose)"
    : `a probability of ${threshold} for all`;
}

/** What was not compared, because not every run has it. */
export function leftOutInWords({ leftOut }: Comparison): string[] {
  return leftOut.map(
    ({ run, images }) => `${formatCount(images)} test images of ${run} are left out: not every run has them.`,
  );
}

/** The row's name, with its run where there are several. */
export function rowTitle(row: ComparedRow, rows: readonly ComparedRow[]): string {
  return hasSeveralRuns(rows) ? `${row.name} of ${row.run}` : row.name;
}

/** `seed 1`, `mean of 3 seeds`, and of which run where there are several. */
export function originInWords({ run, seeds }: ComparedRow, rows: readonly ComparedRow[]): string {
  const trained = seeds.length === 1 ? `seed ${seeds[0]}` : `mean of ${seeds.length} seeds`;
  return hasSeveralRuns(rows) ? `${trained}, ${run}` : trained;
}

const hasSeveralRuns = (rows: readonly ComparedRow[]): boolean => new Set(rows.map(({ run }) => run)).size > 1;

/** Each setting that differs, with its values in the order of the rows, and the numbers (from 1) of the rows that have them. */
export function settingValues({ settings }: Comparison): { setting: string; value: string; rows: string }[] {
  return settings.flatMap(({ setting, values }) =>
    [...new Set(values)].map((value) => ({
      setting,
      value: value ?? "not set",
      rows: values.flatMap((own, row) => (own === value ? [row + 1] : [])).join(", "),
    })),
  );
}
