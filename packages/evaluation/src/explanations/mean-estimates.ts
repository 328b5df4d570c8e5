import { createRandom } from "@mammoflow/runtime";
import type { Estimate } from "../metrics/binary-metrics.ts";
import { estimateOf, numberUnits } from "../metrics/bootstrap.ts";
import { at } from "../metrics/ranking.ts";

export interface MeanOptions {
  /** The patient of each row: images of one patient are drawn together. */
  groups: readonly string[];
  resamples: number;
  seed: number;
}

/**
 * The mean of each column with its 95 % bootstrap percentile interval over groups (Efron and Tibshirani 1993, chapter 13). All
 * columns are measured on the same resamples, so a column of differences has the interval of a paired comparison.
 *
 * @param columns per name one number a row
 * @returns no interval where there are fewer than two groups; null of no rows
 */
export function meanEstimates<Name extends string>(
  columns: Record<Name, readonly number[]>,
  { groups, resamples, seed }: MeanOptions,
): Record<Name, Estimate> {
  const names = Object.keys(columns) as Name[]; // keys of a record of names
  const { unitOf, units } = numberUnits(groups, groups.length);
  const mean = (column: readonly number[], weights: Int32Array): number => {
    let sum = 0;
    let rows = 0;
    unitOf.forEach((unit, row) => {
      sum += at(weights, unit) * at(column, row);
      rows += at(weights, unit);
    });
    return sum / rows;
  };
  const rowsOf = names.map((name) => columns[name]);
  const draws = names.map(() => new Float64Array(units < 2 ? 0 : resamples));
  const random = createRandom(seed);
  const weights = new Int32Array(units);
  for (let draw = 0; draw < (draws[0]?.length ?? 0); draw++) {
    weights.fill(0);
    for (let pick = 0; pick < units; pick++) {
      const unit = random.below(units);
      weights[unit] = at(weights, unit) + 1;
    }
    draws.forEach((drawn, column) => (drawn[draw] = mean(rowsOf[column] ?? [], weights)));
  }
  const once = new Int32Array(units).fill(1);
  return Object.fromEntries(
    names.map((name, column) => [name, estimateOf(mean(columns[name], once), draws[column] ?? new Float64Array())]),
  ) as Record<Name, Estimate>; // fromEntries forgets the names it was given
}
