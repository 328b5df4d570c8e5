/** Below this, rows that did not run for the same reason are listed one by one. */
const manyRepeats = 3;

/** Of many rows that did not run for one reason, a row that counts them. */
export function withoutRepeats<Row extends { title: string; notRun: string | null }>(rows: readonly Row[]): Row[] {
  const alike = (row: Row): Row[] => rows.filter(({ notRun }) => notRun !== null && notRun === row.notRun);
  return rows.flatMap((row) => {
    const repeats = alike(row);
    if (repeats.length < manyRepeats) return [row];
    return repeats[0] === row ? [{ ...row, title: `${repeats.length} experiments` }] : [];
  });
}
