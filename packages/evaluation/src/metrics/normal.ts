/** 97.5 % quantile of the normal distribution. */
export const z975 = 1.959963984540054;

/** Two-sided p-value of a difference with this standard error, were the true one 0 and normally distributed. */
export function chanceOf(difference: number, standardError: number): number {
  return difference === 0 ? 1 : complementaryError(Math.abs(difference) / standardError / Math.SQRT2);
}

/** How many standard errors are exceeded, to either side, with this chance: 1.96 with .05. */
export function quantileOf(chance: number): number {
  let [low, high] = [0, 40];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (chanceOf(middle, 1) > chance) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** erfc(x) for x >= 0, to about 1e-15: a series of positive terms below 3, a continued fraction above (Abramowitz and Stegun 7.1.6 and 7.1.14). */
function complementaryError(x: number): number {
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x > 3) {
    let fraction = x;
    for (let depth = 80; depth > 0; depth--) fraction = x + depth / 2 / fraction;
    return scale / fraction;
  }
  let term = x;
  let series = x;
  for (let n = 1; term > 1e-17 * series; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    series += term;
  }
  return 1 - 2 * scale * series;
}
