// The arithmetic decoder of JPEG 2000 (ISO/IEC 15444-1 annex C), in one number of 64 bits:
//
//   62..47 the code C, 46..16 bits to come and, behind the last, a single 1, 15..0 the interval A.
//
// Both halves of a context's `q` are Qe, so that one subtraction takes it from C and from A, and one shift renormalises both: C
// takes in what is to come, A is short of 16 bits by exactly what it is shifted. A decision is made in three steps, which
// have no branches, as half of those would be guessed wrong:
//
//   const q = load<i64>(context);
//   const isLess = lessProbable(state, q);
//   const isZero = zeroWhereMore(context) ^ <i32>isLess;
//   state = advanced(state, q, context, isLess);

/** A context has 16 bytes: Qe twice, as in the state, and the address of its entry. */
const ENTRY: usize = 8;
/**
 * An entry: what the context becomes after a more and after a less probable bit, and without renormalisation; whether the more
 * probable bit is 0.
 */
const ENTRY_BYTES: i32 = 64;
const AFTER_MORE: usize = 0;
const AFTER_LESS: usize = 16;
const UNCHANGED: usize = 32;
const ZERO: usize = 48;
/** The interval's highest bit, which a normal one has. */
const NORMAL: i64 = 0x8000;
const INTERVAL: i64 = 0xffff;

const STATES: i32 = 47;
/** Table C.2: Qe, the state after a more and after a less probable bit, whether the two change places. */
// prettier-ignore
const states = memory.data<u16>([
  0x5601, 1, 1, 1, 0x3401, 2, 6, 0, 0x1801, 3, 9, 0, 0x0ac1, 4, 12, 0, 0x0521, 5, 29, 0, 0x0221, 38, 33, 0,
  0x5601, 7, 6, 1, 0x5401, 8, 14, 0, 0x4801, 9, 14, 0, 0x3801, 10, 14, 0, 0x3001, 11, 17, 0, 0x2401, 12, 18, 0,
  0x1c01, 13, 20, 0, 0x1601, 29, 21, 0, 0x5601, 15, 14, 1, 0x5401, 16, 14, 0, 0x5101, 17, 15, 0, 0x4801, 18, 16, 0,
  0x3801, 19, 17, 0, 0x3401, 20, 18, 0, 0x3001, 21, 19, 0, 0x2801, 22, 19, 0, 0x2401, 23, 20, 0, 0x2201, 24, 21, 0,
  0x1c01, 25, 22, 0, 0x1801, 26, 23, 0, 0x1601, 27, 24, 0, 0x1401, 28, 25, 0, 0x1201, 29, 26, 0, 0x1101, 30, 27, 0,
  0x0ac1, 31, 28, 0, 0x09c1, 32, 29, 0, 0x08a1, 33, 30, 0, 0x0521, 34, 31, 0, 0x0441, 35, 32, 0, 0x02a1, 36, 33, 0,
  0x0221, 37, 34, 0, 0x0141, 38, 35, 0, 0x0111, 39, 36, 0, 0x0085, 40, 37, 0, 0x0049, 41, 38, 0, 0x0025, 42, 39, 0,
  0x0015, 43, 40, 0, 0x0009, 44, 41, 0, 0x0005, 45, 42, 0, 0x0001, 45, 43, 0, 0x5601, 46, 46, 0,
]);
/** By state and more probable bit. */
const entries = memory.data(2 * 47 * 64, 16);
let isFilled: bool = false;

let position: usize = 0;
let end: usize = 0;
/** The byte before `position`. */
let previous: u32 = 0;

function fillEntries(): void {
  for (let state = 0; state < STATES; state++)
    for (let bit = 0; bit < 2; bit++) {
      const from = states + (state << 3);
      const entry = entryOf(state, bit);
      fillContext(entry + AFTER_MORE, load<u16>(from, 2), bit);
      fillContext(entry + AFTER_LESS, load<u16>(from, 4), bit ^ load<u16>(from, 6));
      fillContext(entry + UNCHANGED, state, bit);
      store<i32>(entry, bit - 1, ZERO);
    }
  isFilled = true;
}

function entryOf(state: i32, bit: i32): usize {
  return entries + ((state << 1) + bit) * ENTRY_BYTES;
}

function fillContext(context: usize, state: i32, bit: i32): void {
  const probability: u64 = load<u16>(states + (state << 3));
  store<u64>(context, (probability << 47) | probability);
  store<u32>(context, entryOf(state, bit), ENTRY);
}

/** Puts a context into a state of the table, with 0 as the more probable bit. */
export function setContext(context: usize, state: i32): void {
  if (!isFilled) fillEntries();
  fillContext(context, state, 0);
}

/** Begins a code, C.3.5: returns the decoder's state. */
export function beginCode(from: usize, to: usize): i64 {
  position = from;
  end = to;
  previous = 0;
  return refilled((1 << 61) | NORMAL);
}

/** Takes in bytes (C.3.4): behind FF come seven bits and a carry, behind the end ones. */
function refilled(state: i64): i64 {
  let place = ctz(state & ~INTERVAL);
  state ^= (<i64>1) << place;
  while (place >= 24) {
    const byte: u32 = position < end ? load<u8>(position) : 0xff;
    if (previous === 0xff && byte > 0x8f) {
      state += (<i64>0xff) << (place - 7); // a marker: not taken
      place -= 8;
    } else {
      const size: i64 = previous === 0xff ? 7 : 8;
      state += (<i64>byte) << (place - size + 1);
      place -= size;
      previous = byte;
      position += 1;
    }
  }
  return state | ((<i64>1) << place);
}

/** Whether the less probable bit comes (C.3.2): all bits set, or none. */
@inline
export function lessProbable(state: i64, q: i64): i64 {
  const upper = state - q;
  return (((upper & INTERVAL) - (q & INTERVAL)) >> 63) ^ (upper >> 63);
}

/** Whether the more probable bit is 0: all bits set, or none. */
@inline
export function zeroWhereMore(context: usize): i32 {
  return load<i32>(load<u32>(context, ENTRY), ZERO);
}

/** The state behind the decision (C.3.3); the context becomes what its entry says. */
@inline
export function advanced(state: i64, q: i64, context: usize, isLess: i64): i64 {
  const upper = state - q;
  const isLower = upper >> 63;
  const rest = upper & INTERVAL;
  const entry = load<u32>(context, ENTRY);
  // A context stays as it is where the interval needs no renormalisation.
  const isNormal = upper & ~isLower & NORMAL;
  v128.store(context, v128.load(entry + (<u32>isLess & 16) + (<u32>isNormal >> 10), AFTER_MORE));
  let next = state - (q ^ ((q ^ rest) & isLower));
  next <<= clz(<u32>next << 16);
  if (<u32>next <= 0xffff) next = refilled(next); // fewer than 15 bits to come
  return next;
}
