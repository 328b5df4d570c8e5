// Where things lie that have a fixed place in the module's memory, in bytes; src/kernels/wasm-memory.ts knows the same numbers.
// Everything else is laid out by the caller, who passes addresses. Addresses need no alignment.

/** Two histograms of 65,536 counters, so that equal neighbours do not wait for one another. */
export const COUNTS: usize = 1024;
export const COUNTS_BYTES: usize = 65536 * 4;

/** Long runs of one value: first place and place behind the last, u32 each, counted from the frame's first value. */
export const FLATS: usize = COUNTS + 2 * COUNTS_BYTES;
export const MOST_FLATS: i32 = 32768;
