import { createRandom } from "@mammoflow/runtime";

const mostFolds = 5;

/**
 * Divides rows into folds for cross-validation: whole patients, those with a malignant row spread evenly.
 *
 * @param labels [row] 0 benign, 1 malignant
 * @param patients [row] what must stay together
 * @returns [row] the fold; all 0 where there are too few patients of a kind to divide
 */
export function patientFolds(labels: Uint8Array, patients: readonly string[], seed: number): Uint8Array {
  const isMalignant = new Map<string, boolean>();
  for (const [row, patient] of patients.entries())
    isMalignant.set(patient, isMalignant.get(patient) === true || labels[row] === 1);
  const kinds = [true, false].map((kind) =>
    [...isMalignant].filter(([, malignant]) => malignant === kind).map(([patient]) => patient),
  );
  const folds = Math.min(mostFolds, ...kinds.map(({ length }) => length));
  const random = createRandom(seed);
  const foldOf = new Map<string, number>();
  for (const kind of kinds)
    for (const [place, patient] of shuffled(kind.toSorted(), random.below).entries())
      foldOf.set(patient, folds < 2 ? 0 : place % folds);
  return Uint8Array.from(patients, (patient) => foldOf.get(patient) ?? 0);
}

/** Fisher and Yates. */
function shuffled(names: string[], below: (bound: number) => number): string[] {
  const order = [...names];
  for (let last = order.length - 1; last > 0; last--) {
    const other = below(last + 1);
    const name = order[last] ?? "";
    order[last] = order[other] ?? "";
    order[other] = name;
  }
  return order;
}
