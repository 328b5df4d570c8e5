/** Holm's step-down correction (1979): the p-values that hold for all of them together. */
export function holm(values: readonly (number | null)[]): (number | null)[] {
  const order = values
    .flatMap((value, index) => (value === null ? [] : [{ value, index }]))
    .toSorted((a, b) => a.value - b.value);
  const corrected: (number | null)[] = values.map(() => null);
  let before = 0;
  order.forEach(({ value, index }, place) => {
    before = Math.max(before, Math.min(1, (order.length - place) * value));
    corrected[index] = before;
  });
  return corrected;
}
