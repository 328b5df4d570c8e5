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
