// Inverse DCT of 8x8 integers, in the integers of libjpeg's accurate method, so that its samples are ours: the factorisation
// of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with 13 bits behind the point. src/codecs/plain/inverse-dct.ts is the same,
// one number at a time, and derives the factors.

const FACTOR_BITS: i32 = 13;

/** One column or row each of four lanes, eight vectors at `block`, `step` bytes apart, in place. */
function transform4(at: usize, step: usize, roundAt: i32): void {
  const f2 = v128.load(at + 2 * step);
  const f6 = v128.load(at + 6 * step);
  const z = times(v128.add<i32>(f2, f6), 4433);
  const e2 = v128.sub<i32>(z, times(f6, 15137));
  const e3 = v128.add<i32>(z, times(f2, 6270));
  const f0 = v128.load(at);
  const f4 = v128.load(at + 4 * step);
  const e0 = v128.shl<i32>(v128.add<i32>(f0, f4), FACTOR_BITS);
  const e1 = v128.shl<i32>(v128.sub<i32>(f0, f4), FACTOR_BITS);
  const even0 = v128.add<i32>(e0, e3);
  const even3 = v128.sub<i32>(e0, e3);
  const even1 = v128.add<i32>(e1, e2);
  const even2 = v128.sub<i32>(e1, e2);

  const f1 = v128.load(at + step);
  const f3 = v128.load(at + 3 * step);
  const f5 = v128.load(at + 5 * step);
  const f7 = v128.load(at + 7 * step);
  const z1 = times(v128.add<i32>(f7, f1), -7373);
  const z2 = times(v128.add<i32>(f5, f3), -20995);
  const sum3 = v128.add<i32>(f7, f3);
  const sum4 = v128.add<i32>(f5, f1);
  const z5 = times(v128.add<i32>(sum3, sum4), 9633);
  const z3 = v128.add<i32>(z5, times(sum3, -16069));
  const z4 = v128.add<i32>(z5, times(sum4, -3196));
  const odd3 = v128.add<i32>(times(f7, 2446), v128.add<i32>(z1, z3));
  const odd2 = v128.add<i32>(times(f5, 16819), v128.add<i32>(z2, z4));
  const odd1 = v128.add<i32>(times(f3, 25172), v128.add<i32>(z2, z3));
  const odd0 = v128.add<i32>(times(f1, 12299), v128.add<i32>(z1, z4));

  const half = v128.splat<i32>(1 << (roundAt - 1));
  storePair(at, at + 7 * step, v128.add<i32>(even0, half), odd0, roundAt);
  storePair(at + step, at + 6 * step, v128.add<i32>(even1, half), odd1, roundAt);
  storePair(at + 2 * step, at + 5 * step, v128.add<i32>(even2, half), odd2, roundAt);
  storePair(at + 3 * step, at + 4 * step, v128.add<i32>(even3, half), odd3, roundAt);
}

function storePair(first: usize, second: usize, even: v128, odd: v128, down: i32): void {
  v128.store(first, v128.shr<i32>(v128.add<i32>(even, odd), down));
  v128.store(second, v128.shr<i32>(v128.sub<i32>(even, odd), down));
}

function times(values: v128, factor: i32): v128 {
  return v128.mul<i32>(values, v128.splat<i32>(factor));
}

/** Exchanges rows and columns of four by four numbers at `a`, rows of 32 bytes, with those at `b`. */
function transpose(a: usize, b: usize): void {
  const a0 = v128.load(a);
  const a1 = v128.load(a, 32);
  const a2 = v128.load(a, 64);
  const a3 = v128.load(a, 96);
  const b0 = v128.load(b);
  const b1 = v128.load(b, 32);
  const b2 = v128.load(b, 64);
  const b3 = v128.load(b, 96);
  storeTransposed(b, a0, a1, a2, a3);
  storeTransposed(a, b0, b1, b2, b3);
}

function storeTransposed(to: usize, r0: v128, r1: v128, r2: v128, r3: v128): void {
  const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3), 32);
  v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2), 64);
  v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3), 96);
}

/**
 * Transforms the 64 i32 at `block` in place, columns first, `extraBits` more bits kept between the passes. What comes out is
 * transposed: sample (row, column) lies at column * 8 + row.
 */
export function inverseDct(block: usize, extraBits: i32): void {
  transform4(block, 32, FACTOR_BITS - extraBits);
  transform4(block + 16, 32, FACTOR_BITS - extraBits);
  transpose(block, block);
  transpose(block + 16, block + 128);
  transpose(block + 144, block + 144);
  transform4(block, 32, FACTOR_BITS + extraBits + 3);
  transform4(block + 16, 32, FACTOR_BITS + extraBits + 3);
}
