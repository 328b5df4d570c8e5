// What a decoder says about its stream, beside a result.

export const OK: i32 = 0;
/** More bits were taken than the stream has. */
export const OVERRUN: i32 = 1;
/** Bits that no encoder writes. */
export const CORRUPT: i32 = 2;
