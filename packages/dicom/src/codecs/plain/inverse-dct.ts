const factorBits = 13;

/** sqrt(2) cos(k pi / 16) in fixed point, summed before it is rounded. */
const cosines = (...terms: number[]): number =>
  Math.round(
    terms.reduce((sum, k) => sum + Math.sign(k) * Math.SQRT2 * Math.cos((k * Math.PI) / 16), 0) * 2 ** factorBits,
  );
const even = { shared: cosines(6), sixth: cosines(2, 6), second: cosines(2, -6) };
const odd = {
  shared: cosines(3),
  outer: cosines(3, -7),
  inner: cosines(1, 3),
  seventhThird: cosines(3, 5),
  fifthFirst: cosines(3, -5),
  seventh: cosines(3, 5, -1, -7),
  fifth: cosines(1, 3, 7, -5),
  third: cosines(1, 3, 5, -7),
  first: cosines(1, 3, -5, -7),
};

/**
 * Inverse discrete cosine transform of one 8x8 block, T.81 A.3.3, in integers of 32 bits, columns then rows: the
 * factorisation of Loeffler, Ligtenberg and Moschytz (ICASSP 1989), rounded where libjpeg's accurate method rounds.
 *
 * @param block `[8, 8]` dequantised coefficients, vertical by horizontal frequency; afterwards samples around zero
 * @param precision bits of a sample, 8 or 12
 * @param isFlat whether all but the first coefficient are zero
 */
export function inverseDct(block: Int32Array, precision: number, isFlat: boolean): void {
  const extraBits = precision === 8 ? 2 : 1; // kept between the passes, as many as 32 bits have room for
  if (isFlat) {
    block.fill((((block[0] ?? 0) << extraBits) + (1 << (extraBits + 2))) >> (extraBits + 3));
    return;
  }
  for (let column = 0; column < 8; column++) transform(block, column, 8, factorBits - extraBits);
  for (let row = 0; row < 64; row += 8) transform(block, row, 1, factorBits + extraBits + 3);
}

function transform(block: Int32Array, start: number, step: number, down: number): void {
  const at = (index: number): number => block[start + index * step] ?? 0;
  const { imul } = Math;

  const shared = imul(at(2) + at(6), even.shared);
  const e2 = shared - imul(at(6), even.sixth);
  const e3 = shared + imul(at(2), even.second);
  const e0 = (at(0) + at(4)) << factorBits;
  const e1 = (at(0) - at(4)) << factorBits;

  const outer = imul(at(7) + at(1), -odd.outer);
  const inner = imul(at(5) + at(3), -odd.inner);
  const both = imul(at(7) + at(3) + at(5) + at(1), odd.shared);
  const z3 = both - imul(at(7) + at(3), odd.seventhThird);
  const z4 = both - imul(at(5) + at(1), odd.fifthFirst);
  const odds = [
    imul(at(1), odd.first) + outer + z4,
    imul(at(3), odd.third) + inner + z3,
    imul(at(5), odd.fifth) + inner + z4,
    imul(at(7), odd.seventh) + outer + z3,
  ];

  const half = 1 << (down - 1);
  for (const [index, sum] of [e0 + e3, e1 + e2, e1 - e2, e0 - e3].entries()) {
    block[start + index * step] = (sum + (odds[index] ?? 0) + half) >> down;
    block[start + (7 - index) * step] = (sum - (odds[index] ?? 0) + half) >> down;
  }
}
