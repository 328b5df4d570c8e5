/**
 * Inverse discrete cosine transform of one 8x8 block in double precision, T.81 A.3.3, rows then columns, each by its even
 * and odd half.
 *
 * @param coefficients `[8, 8]`, dequantised, vertical frequency by horizontal frequency; overwritten
 * @returns nothing: `coefficients` holds the samples around zero afterwards, `[row, column]`
 */
export function inverseDct(coefficients: Float64Array): void {
  for (let row = 0; row < 64; row += 8) transform(coefficients, row, 1);
  for (let column = 0; column < 8; column++) transform(coefficients, column, 8);
}

/** cos(k pi / 16) / 2, the weight of a frequency; the zeroth has sqrt(1/8). */
const weight = (k: number): number => Math.cos((k * Math.PI) / 16) / 2;
const c1 = weight(1);
const c2 = weight(2);
const c3 = weight(3);
const c4 = weight(4);
const c5 = weight(5);
const c6 = weight(6);
const c7 = weight(7);

function transform(block: Float64Array, start: number, step: number): void {
  const at = (index: number): number => block[start + index * step] ?? 0;
  const f1 = at(1);
  const f2 = at(2);
  const f3 = at(3);
  const f4 = at(4);
  const f5 = at(5);
  const f6 = at(6);
  const f7 = at(7);
  const mean = c4 * at(0);
  if (f1 === 0 && f2 === 0 && f3 === 0 && f4 === 0 && f5 === 0 && f6 === 0 && f7 === 0) {
    for (let index = 0; index < 8; index++) block[start + index * step] = mean;
    return;
  }
  const sum = mean + c4 * f4;
  const difference = mean - c4 * f4;
  const even0 = sum + c2 * f2 + c6 * f6;
  const even1 = difference + c6 * f2 - c2 * f6;
  const even2 = difference - c6 * f2 + c2 * f6;
  const even3 = sum - c2 * f2 - c6 * f6;
  const odd0 = c1 * f1 + c3 * f3 + c5 * f5 + c7 * f7;
  const odd1 = c3 * f1 - c7 * f3 - c1 * f5 - c5 * f7;
  const odd2 = c5 * f1 - c1 * f3 + c7 * f5 + c3 * f7;
  const odd3 = c7 * f1 - c5 * f3 + c3 * f5 - c1 * f7;
  block[start] = even0 + odd0;
  block[start + step] = even1 + odd1;
  block[start + 2 * step] = even2 + odd2;
  block[start + 3 * step] = even3 + odd3;
  block[start + 4 * step] = even3 - odd3;
  block[start + 5 * step] = even2 - odd2;
  block[start + 6 * step] = even1 - odd1;
  block[start + 7 * step] = even0 - odd0;
}
