import { EvaluationError } from "../errors.ts";

/** Rows sorted once by probability, so that every resample can be measured in a single pass. */
export interface Ranking {
  rows: number;
  /** Row numbers, most probable first. */
  order: Int32Array;
  /** Of each sorted row: its probability, its label, and 1 where the next row has another probability. */
  probabilities: Float64Array;
  labels: Uint8Array;
  closesTie: Uint8Array;
  squaredErrors: Float64Array;
}

/**
 * Sorts rows by probability, descending; equal probabilities form one tie.
 *
 * @param probabilities of being malignant, 0..1, one a row
 * @param labels 0 benign, 1 malignant, one a row
 * @throws EvaluationError when lengths differ, nothing is given, or a value lies outside its range
 */
export function rankRows(probabilities: ArrayLike<number>, labels: ArrayLike<number>): Ranking {
  const rows = labels.length;
  if (rows === 0 || probabilities.length !== rows)
    throw new EvaluationError(
      "EVALUATION_INPUT",
      `There are ${probabilities.length} probabilities for ${rows} labels: give one of each for every row, and at least one row.`,
    );
  const given = Float64Array.from(probabilities);
  const truth = Uint8Array.from(labels);
  for (let row = 0; row < rows; row++) {
    const probability = given[row] ?? Number.NaN;
    if (!(probability >= 0 && probability <= 1))
      throw new EvaluationError(
        "EVALUATION_INPUT",
        `Row ${row} has the probability ${probability}: only values from 0 to 1 can be evaluated; look for a model that diverged.`,
      );
    if (labels[row] !== 0 && labels[row] !== 1)
      throw new EvaluationError(
        "EVALUATION_INPUT",
        `Row ${row} has the label ${labels[row]}: labels are 0 (benign) or 1 (malignant).`,
      );
  }
  const order = Int32Array.from({ length: rows }, (_, row) => row).toSorted((a, b) => at(given, b) - at(given, a));
  const sorted = Float64Array.from(order, (row) => at(given, row));
  return {
    rows,
    order,
    probabilities: sorted,
    labels: Uint8Array.from(order, (row) => at(truth, row)),
    closesTie: Uint8Array.from(sorted, (probability, rank) =>
      rank + 1 === rows || probability !== at(sorted, rank + 1) ? 1 : 0,
    ),
    squaredErrors: Float64Array.from(order, (row) => (at(given, row) - at(truth, row)) ** 2),
  };
}

/** Of a ranking, how many rows count as malignant from this probability on. */
export function rowsAbove({ probabilities }: Ranking, threshold: number): number {
  const first = probabilities.findIndex((probability) => !(probability >= threshold));
  return first === -1 ? probabilities.length : first;
}

/** An element of an array whose bounds the caller knows. */
export const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
