// Finishing touches to a decoded picture.

/** Shifts 16-bit samples up: the point transform of T.81 H.1.2.1. */
export function shiftUp(samples: usize, count: i32, bits: i32): void {
  for (let at: usize = 0; at < (<usize>count) << 1; at += 16)
    v128.store(samples + at, v128.shl<i16>(v128.load(samples + at), bits));
}

/** The low bytes of 16-bit samples, moved together to the beginning. */
export function lowBytes(samples: usize, count: i32): void {
  for (let at: usize = 0; at < <usize>count; at += 16) {
    const a = v128.load(samples + 2 * at);
    const b = v128.load(samples + 2 * at, 16);
    v128.store(samples + at, i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
  }
}

/** Shifts the level of integers (ISO/IEC 15444-1 G.1.2), clamps them to `low`..`high`. */
export function finish16(samples: usize, count: i32, middle: i32, low: i32, high: i32): void {
  const middles = v128.splat<i16>(<i16>middle);
  const lows = v128.splat<i16>(<i16>low);
  const highs = v128.splat<i16>(<i16>high);
  for (let at: usize = 0; at < (<usize>count) << 1; at += 16) {
    const shifted = v128.add_sat<i16>(v128.load(samples + at), middles);
    v128.store(samples + at, v128.max<i16>(lows, v128.min<i16>(highs, shifted)));
  }
}

/** The same for integers of 32 bits, moved together to the beginning as 16 bits each. */
export function finish32(samples: usize, count: i32, middle: i32, low: i32, high: i32): void {
  finishWide<i32>(samples, count, middle, low, high);
}

/** The same for floats, rounded to the nearest integer, halves to the even one. */
export function finishF32(samples: usize, count: i32, middle: i32, low: i32, high: i32): void {
  finishWide<f32>(samples, count, middle, low, high);
}

function finishWide<T>(samples: usize, count: i32, middle: i32, low: i32, high: i32): void {
  const middles = v128.splat<i32>(middle);
  const lows = v128.splat<i32>(low);
  const highs = v128.splat<i32>(high);
  for (let at: usize = 0; at < (<usize>count) << 1; at += 16) {
    const a = integers<T>(v128.load(samples + 2 * at));
    const b = integers<T>(v128.load(samples + 2 * at, 16));
    const c = v128.max<i32>(lows, v128.min<i32>(highs, v128.add<i32>(a, middles)));
    const d = v128.max<i32>(lows, v128.min<i32>(highs, v128.add<i32>(b, middles)));
    v128.store(samples + at, v128.shuffle<i16>(c, d, 0, 2, 4, 6, 8, 10, 12, 14));
  }
}

function integers<T>(values: v128): v128 {
  return isFloat<T>() ? i32x4.trunc_sat_f32x4_s(f32x4.nearest(values)) : values;
}
