// PNG's filters and its deflate stream; src/png/ puts them together. Rows have at least 16 zero bytes before them, and 15
// bytes behind them that may be read.

function distance(a: v128, b: v128): v128 {
  return v128.or(v128.sub_sat<u8>(a, b), v128.sub_sat<u8>(b, a));
}

/** The Paeth predictor of 16 bytes, PNG (third edition) section 9.4. */
function paeth(left: v128, above: v128, corner: v128): v128 {
  const fromLeft = distance(above, corner);
  const fromAbove = distance(left, corner);
  // left + above - 2 corner: the distances add up where both have one sign, else one is taken from the other.
  const oneSign = v128.eq<i8>(v128.ge<u8>(left, corner), v128.ge<u8>(above, corner));
  const fromCorner = v128.bitselect(v128.add_sat<u8>(fromLeft, fromAbove), distance(fromLeft, fromAbove), oneSign);
  const takesLeft = v128.and(v128.le<u8>(fromLeft, fromAbove), v128.le<u8>(fromLeft, fromCorner));
  const takesAbove = v128.le<u8>(fromAbove, fromCorner);
  return v128.bitselect(left, v128.bitselect(above, corner, takesAbove), takesLeft);
}

/** floor((left + above) / 2) of 16 bytes. */
function average(left: v128, above: v128): v128 {
  const odd = v128.and(v128.xor(left, above), v128.splat<u8>(1));
  return v128.sub<i8>(v128.avgr<u8>(left, above), odd);
}

/** Adds the absolute values of 16 signed bytes to four sums. */
function addSizes(sums: v128, bytes: v128): v128 {
  return v128.add<i32>(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v128.abs<i8>(bytes))));
}

function total(sums: v128): u32 {
  return (
    v128.extract_lane<u32>(sums, 0) +
    v128.extract_lane<u32>(sums, 1) +
    v128.extract_lane<u32>(sums, 2) +
    v128.extract_lane<u32>(sums, 3)
  );
}

/**
 * Filters a row by whichever of Sub, Up, Average and Paeth leaves the smallest sum of absolute differences; of equal ones the
 * first. Writes the filter's number and the row, and up to 15 bytes more. The bytes behind both rows up to a multiple of 16
 * must be zero.
 *
 * @param pixelBytes bytes from a pixel to its left neighbour
 */
export function filterRow(row: usize, above: usize, bytes: i32, pixelBytes: i32, to: usize): void {
  let subs = v128.splat<i32>(0);
  let ups = subs;
  let averages = subs;
  let paeths = subs;
  const size = <usize>bytes;
  const back = <usize>pixelBytes;
  for (let x: usize = 0; x < size; x += 16) {
    // Behind the row's end everything is zero but its left neighbours, so the last block is cut to the row.
    const inside = x + 16 <= size ? v128.splat<i8>(-1) : mask(size - x);
    const here = v128.load(row + x);
    const left = v128.load(row + x - back);
    const up = v128.load(above + x);
    const corner = v128.load(above + x - back);
    subs = addSizes(subs, v128.and(v128.sub<i8>(here, left), inside));
    ups = addSizes(ups, v128.and(v128.sub<i8>(here, up), inside));
    averages = addSizes(averages, v128.and(v128.sub<i8>(here, average(left, up)), inside));
    paeths = addSizes(paeths, v128.and(v128.sub<i8>(here, paeth(left, up, corner)), inside));
  }
  let best: u8 = 1;
  let least = total(subs);
  if (total(ups) < least) {
    best = 2;
    least = total(ups);
  }
  if (total(averages) < least) {
    best = 3;
    least = total(averages);
  }
  if (total(paeths) < least) best = 4;
  store<u8>(to++, best);
  for (let x: usize = 0; x < size; x += 16, to += 16) {
    const here = v128.load(row + x);
    const left = v128.load(row + x - back);
    const up = v128.load(above + x);
    let predicted = left;
    if (best === 2) predicted = up;
    else if (best === 3) predicted = average(left, up);
    else if (best === 4) predicted = paeth(left, up, v128.load(above + x - back));
    v128.store(to, v128.sub<i8>(here, predicted));
  }
}

/** The first `count` of 16 bytes set. */
function mask(count: usize): v128 {
  return v128.lt<u8>(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), v128.splat<u8>(<u8>count));
}

/** A row of 16-bit pixels in PNG's byte order: most significant byte first. */
export function swapRow(from: usize, pixels: i32, to: usize): void {
  for (const end = from + ((<usize>pixels) << 1); from < end; from += 16, to += 16) {
    const values = v128.load(from);
    v128.store(to, i8x16.shuffle(values, values, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  }
}

/** Adler-32 (RFC 1950) goes on: `sum` is both of its halves. */
export function adler32(from: usize, count: i32, sum: u32): u32 {
  let a = sum & 0xffff;
  let b = sum >> 16;
  const weights = i8x16(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
  const lowWeights = i16x8.extend_low_i8x16_u(weights);
  const highWeights = i16x8.extend_high_i8x16_u(weights);
  let left = <u32>count;
  while (left >= 16) {
    // 5,552 bytes are the most whose sums stay below 2^32.
    const blocks = min<u32>(left, 5552) >> 4;
    let sums = v128.splat<i32>(0);
    let before = v128.splat<i32>(0);
    let weighted = v128.splat<i32>(0);
    for (let n: u32 = 0; n < blocks; n++, from += 16) {
      const bytes = v128.load(from);
      before = v128.add<i32>(before, sums);
      sums = v128.add<i32>(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
      weighted = v128.add<i32>(
        weighted,
        v128.add<i32>(
          i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(bytes), lowWeights),
          i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(bytes), highWeights),
        ),
      );
    }
    b =
      (((b + ((a * (blocks << 4)) % 65521) + ((<u64>total(before) * 16) % 65521)) as u32) + (total(weighted) % 65521)) %
      65521;
    a = (a + total(sums)) % 65521;
    left -= blocks << 4;
  }
  for (; left > 0; left--, from++) {
    a = (a + load<u8>(from)) % 65521;
    b = (b + a) % 65521;
  }
  return a | (b << 16);
}

// Deflate, RFC 1951: literals, and matches of distance 1. Runs begin only where 16 bytes hold three in a row that equal their
// predecessors, which is simple, fast, and all that filtered pixels offer.

/** Length symbols and extra bits for lengths 3 to 258, laid out by the caller: u32 symbol - 257 | bits << 8 | extra << 16. */
const SHORTEST: i32 = 3;
const LONGEST: i32 = 258;

/** How many bytes from `at` on equal the byte before `at`. */
function runLength(at: usize, end: usize): i32 {
  const value = v128.load8_splat(at - 1);
  const start = at;
  for (; at + 16 <= end; at += 16) {
    const same = v128.bitmask<i8>(v128.eq<i8>(v128.load(at), value));
    if (same !== 0xffff) return <i32>(at - start) + ctz(~same);
  }
  const last = load<u8>(start - 1);
  while (at < end && load<u8>(at) === last) at++;
  return <i32>(at - start);
}

/** Places in a block of 16 bytes at which three bytes in a row equal their predecessors. */
function runStarts(at: usize): i32 {
  const same = v128.bitmask<i8>(v128.eq<i8>(v128.load(at), v128.load(at - 1)));
  return same & (same >> 1) & (same >> 2);
}

function countLiteral(at: usize, counts: usize): void {
  const counter = counts + ((<usize>load<u8>(at)) << 2);
  store<u32>(counter, load<u32>(counter) + 1);
}

/** Adds the symbols of `count` bytes to 286 counters, u32, at `counts`. The byte before the first must be readable. */
export function countSymbols(from: usize, count: i32, lengths: usize, counts: usize): void {
  const end = from + <usize>count;
  let at = from;
  if (at < end) countLiteral(at++, counts); // nothing before it that a match could repeat
  while (at < end) {
    const starts = at + 16 <= end ? runStarts(at) : 0;
    const literals = starts !== 0 ? ctz(starts) : <i32>min(<usize>16, end - at);
    for (const stop = at + <usize>literals; at < stop; at++) countLiteral(at, counts);
    if (starts === 0) continue;
    let run = runLength(at, end);
    at += <usize>run;
    while (run >= SHORTEST) {
      const length = min(run, LONGEST);
      const counter = counts + ((<usize>257 + <usize>(load<u32>(lengths + ((<usize>length) << 2)) & 0xff)) << 2);
      store<u32>(counter, load<u32>(counter) + 1);
      run -= length;
    }
    at -= <usize>run; // what is too short for a match goes on as literals
  }
}

/** Bits that wait for a whole byte, between calls of `writeSymbols` and `writeBits`. */
let held: u64 = 0;
let heldCount: u32 = 0;

export function clearBits(): void {
  held = 0;
  heldCount = 0;
}

/** Writes whole bytes of what is held; at most seven bits stay. */
function flush(to: usize): usize {
  store<u64>(to, held);
  const bytes = heldCount >> 3;
  held >>= <u64>(bytes << 3);
  heldCount &= 7;
  return to + <usize>bytes;
}

function hold(bits: u32, count: u32): void {
  held |= (<u64>bits) << (<u64>heldCount);
  heldCount += count;
}

/** Appends up to 32 bits; returns where the next byte goes. Up to eight bytes behind are overwritten. */
export function writeBits(bits: u32, count: i32, to: usize): usize {
  hold(bits, <u32>count);
  return flush(to);
}

function holdSymbol(symbol: usize, codes: usize): void {
  const code = load<u32>(codes + (symbol << 2));
  hold(code & 0xffff, code >> 16);
}

/**
 * Appends the codes of what `countSymbols` counted, without an end of block; returns where the next byte goes.
 *
 * @param codes for each of 286 symbols u32: the code, first bit lowest, | its length << 16; matches are followed by one
 * zero bit, the code of distance 1
 */
export function writeSymbols(from: usize, count: i32, lengths: usize, codes: usize, to: usize): usize {
  const end = from + <usize>count;
  let at = from;
  if (at < end) holdSymbol(load<u8>(at++), codes);
  to = flush(to);
  while (at < end) {
    const starts = at + 16 <= end ? runStarts(at) : 0;
    const literals = starts !== 0 ? ctz(starts) : <i32>min(<usize>16, end - at);
    const stop = at + <usize>literals;
    for (; at + 3 <= stop; at += 3) {
      holdSymbol(load<u8>(at), codes);
      holdSymbol(load<u8>(at, 1), codes);
      holdSymbol(load<u8>(at, 2), codes);
      to = flush(to);
    }
    for (; at < stop; at++) {
      holdSymbol(load<u8>(at), codes);
      to = flush(to);
    }
    if (starts === 0) continue;
    let run = runLength(at, end);
    at += <usize>run;
    while (run >= SHORTEST) {
      const length = min(run, LONGEST);
      const entry = load<u32>(lengths + ((<usize>length) << 2));
      holdSymbol(257 + <usize>(entry & 0xff), codes);
      hold(entry >> 16, (entry >> 8) & 0xff);
      hold(0, 1);
      to = flush(to);
      run -= length;
    }
    at -= <usize>run;
  }
  return to;
}
