// Entropy-coded segments of JPEG: byte stuffing, restart markers (T.81 B.1.1.5, E.2.4), Huffman codes (annex C, F.2.2).
//
// Bits are held left-aligned in 64 bits: the next one is uppermost. Decoders keep them in locals while they loop and
// leave them here between calls. Behind the end of a segment come zeros without end; `isOverrun` tells.

export let bits: u64 = 0;
/** Number of bits held. */
export let held: i32 = 0;
let position: usize = 0;
let end: usize = 0;
/** Of the bits held, those made up behind the end of the segment. */
let madeUp: i32 = 0;
/** JPEG-LS: whether the byte before `position` is FF, so that the next has seven bits. */
let isAfterMark: bool = false;

export function beginSegments(from: usize, to: usize): void {
  position = from;
  end = to;
  keepBits(0, 0);
  madeUp = 0;
  isAfterMark = false;
}

export function keepBits(value: u64, number: i32): void {
  bits = value;
  held = number;
}

/** True when more bits were taken than the segment has. */
export function isOverrun(): bool {
  return madeUp > held;
}

/** Goes on behind the next restart marker; false where there is none. */
export function restart(): bool {
  keepBits(0, 0);
  madeUp = 0;
  isAfterMark = false;
  for (; position + 1 < end; position++) {
    if (load<u8>(position) !== 0xff || (load<u8>(position, 1) & 0xf8) !== 0xd0) continue;
    position += 2;
    return true;
  }
  return false;
}

/** Fills up to more than 56 bits; reads up to 8 bytes beyond the end. The result's number of bits is in `held`. */
export function refill(value: u64, number: i32): u64 {
  const next = load8(position);
  if (!hasMark(next) && position + 8 <= end) {
    const taken = (64 - number) >> 3;
    position += taken;
    held = number + (taken << 3);
    return value | (next >> number);
  }
  while (number <= 56) {
    const byte: u64 = load<u8>(position);
    if (position >= end || (byte === 0xff && (position + 1 >= end || load<u8>(position, 1) !== 0))) {
      madeUp += 8;
    } else {
      value |= byte << (56 - number);
      position += byte === 0xff ? 2 : 1;
    }
    number += 8;
  }
  held = number;
  return value;
}

/** The same for JPEG-LS, where the byte behind FF has seven bits (T.87 A.1). */
export function refillAfterMarks(value: u64, number: i32): u64 {
  const next = load8(position);
  if (!isAfterMark && !hasMark(next) && position + 8 <= end) {
    const taken = (64 - number) >> 3;
    position += taken;
    held = number + (taken << 3);
    return value | (next >> number);
  }
  while (number <= 56) {
    const byte: u64 = load<u8>(position);
    if (position >= end || (byte === 0xff && (position + 1 >= end || load<u8>(position, 1) >= 0x80))) {
      madeUp += 8;
      number += 8;
    } else {
      const size = 8 - i32(isAfterMark);
      value |= byte << (64 - number - size);
      number += size;
      position += 1;
      isAfterMark = byte === 0xff;
    }
  }
  held = number;
  return value;
}

/** Whether one of eight bytes is FF, by the carry that adding one to each would make. */
function hasMark(bytes: u64): bool {
  return ((~bytes - 0x0101010101010101) & bytes & 0x8080808080808080) !== 0;
}

/** Eight bytes as a number, the first one uppermost. */
export function load8(from: usize): u64 {
  const bytes = v128.load64_zero(from);
  return v128.extract_lane<u64>(i8x16.shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0), 0);
}
