/** Pearson's chi-square test of independence of a table of counts. */
export interface ChiSquareTest {
  statistic: number;
  degreesOfFreedom: number;
  /** Probability of a table at least this uneven when rows and columns are independent; 1 for a table without freedom. */
  p: number;
  /** The p value is an approximation, and a poor one when this is below 5 (Cochran's rule). */
  smallestExpected: number;
}

/** @param counts `[rows][columns]`; rows and columns without any count are left out. */
export function chiSquare(counts: number[][]): ChiSquareTest {
  const rows = counts.filter((row) => sum(row) > 0);
  const rowSums = rows.map(sum);
  const columnSums = (rows[0] ?? []).map((_, column) => sum(rows.map((row) => row[column] ?? 0)));
  const total = sum(rowSums);
  let statistic = 0;
  let smallestExpected = Infinity;
  rows.forEach((row, rowIndex) => {
    columnSums.forEach((columnSum, column) => {
      if (columnSum === 0) return;
      const expected = ((rowSums[rowIndex] ?? 0) * columnSum) / total;
      statistic += ((row[column] ?? 0) - expected) ** 2 / expected;
      smallestExpected = Math.min(smallestExpected, expected);
    });
  });
  const degreesOfFreedom = Math.max(0, (rows.length - 1) * (columnSums.filter((value) => value > 0).length - 1));
  const p = degreesOfFreedom === 0 ? 1 : upperGamma(degreesOfFreedom / 2, statistic / 2);
  return { statistic, degreesOfFreedom, p, smallestExpected };
}

/**
 * The regularised upper incomplete gamma function Q(a, x) for a = 1/2, 1, 3/2, ...: from Q(1/2, x) = erfc(sqrt x) or
 * Q(1, x) = exp(-x) upwards by Q(a + 1, x) = Q(a, x) + x^a exp(-x) / Gamma(a + 1) (DLMF 8.8.6).
 */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const isWhole = Number.isInteger(a);
  let q = isWhole ? Math.exp(-x) : erfc(Math.sqrt(x));
  let term = isWhole ? x * Math.exp(-x) : (Math.sqrt(x) * Math.exp(-x)) / (Math.sqrt(Math.PI) / 2);
  for (let order = isWhole ? 1 : 0.5; order < a; order++) {
    q += term;
    term *= x / (order + 1);
  }
  return Math.min(1, q);
}

/** erfc by its series below 2.5 (DLMF 7.6.2) and its continued fraction above (DLMF 7.9.1). */
function erfc(x: number): number {
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let order = 1; order < 80; order++) {
      term *= (2 * x * x) / (2 * order + 1);
      sum += term;
    }
    return 1 - 2 * scale * sum;
  }
  let fraction = x;
  for (let order = 60; order > 0; order--) fraction = x + order / 2 / fraction;
  return scale / fraction;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
