// RLE Lossless (PS3.5 annex G); src/codecs/rle.ts says what goes in and out.

/** Bytes of a plane that are unpacked before the planes are woven together: few enough to stay in the first cache. */
const CHUNK: usize = 8192;
/** A packet stands for 128 bytes at most, and is written in steps of 16. */
const OVERHANG: usize = 128 + 16;
const high = memory.data(8192 + 2 * 144, 16);
const low = memory.data(8192 + 2 * 144, 16);

/** Where the packet behind the ones that `unpack` has taken begins. */
let next: usize = 0;

/**
 * Unpacks packets from `from` until `to` has come to `goal` or past it, by less than OVERHANG.
 * Reads up to OVERHANG bytes beyond `end`, writes as many beyond `goal`.
 */
function unpack(from: usize, end: usize, to: usize, goal: usize): usize {
  while (to < goal && from < end) {
    const control: usize = load<u8>(from);
    from += 1;
    if (control < 128) {
      const length = min(control + 1, end - from);
      for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
      from += length;
      to += length;
    } else if (control > 128 && from < end) {
      const length: usize = 257 - control;
      const value = v128.splat<u8>(load<u8>(from));
      for (let at: usize = 0; at < length; at += 16) v128.store(to + at, value);
      from += 1;
      to += length;
    }
  }
  next = from;
  return to;
}

/** One plane: cells of 8 bits. Returns the number of bytes unpacked, `cells` at most. */
export function rleBytes(from: usize, end: usize, to: usize, cells: usize): usize {
  return min(unpack(from, end, to, to + cells) - to, cells);
}

/**
 * Two planes, the high bytes first: cells of 16 bits. Returns the number of whole cells, `cells` at most.
 * Writes up to 30 bytes beyond the last.
 */
export function rleWords(
  highFrom: usize,
  highEnd: usize,
  lowFrom: usize,
  lowEnd: usize,
  to: usize,
  cells: usize,
): usize {
  let done: usize = 0;
  let highHeld: usize = 0;
  let lowHeld: usize = 0;
  while (done < cells) {
    highHeld = unpack(highFrom, highEnd, high + highHeld, high + CHUNK) - high;
    highFrom = next;
    lowHeld = unpack(lowFrom, lowEnd, low + lowHeld, low + CHUNK) - low;
    lowFrom = next;
    const woven = min(min(min(highHeld, lowHeld), CHUNK), cells - done);
    if (woven === 0) break;
    weave(to + 2 * done, woven);
    done += woven;
    highHeld -= woven;
    lowHeld -= woven;
    memory.copy(high, high + woven, highHeld);
    memory.copy(low, low + woven, lowHeld);
  }
  return done;
}

function weave(to: usize, count: usize): void {
  for (let at: usize = 0; at < count; at += 16, to += 32) {
    const lows = v128.load(low + at);
    const highs = v128.load(high + at);
    v128.store(to, i8x16.shuffle(lows, highs, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(to, i8x16.shuffle(lows, highs, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
  }
}
