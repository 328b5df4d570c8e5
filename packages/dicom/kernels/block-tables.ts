// What the passes over code-blocks look up (ISO/IEC 15444-1 annex D): contexts by the neighbours of a coefficient.

/** Contexts of zero coding by neighbours, one table for LL and LH, HL, HH each (table D.1). */
export const zeroContexts = memory.data(3 * 512, 16);
/** Context << 1 | predicted sign, by significance and sign of the upper, left, right and lower neighbour (tables D.2, D.3). */
export const signContexts = memory.data(256, 16);
let isFilled: bool = false;

export function fillBlockTables(): void {
  if (isFilled) return;
  for (let f = 0; f < 512; f++) {
    const across = ((f >> 3) & 1) + ((f >> 5) & 1);
    const down = ((f >> 1) & 1) + ((f >> 7) & 1);
    const diagonal = (f & 1) + ((f >> 2) & 1) + ((f >> 6) & 1) + ((f >> 8) & 1);
    store<u8>(zeroContexts + f, sideContext(across, down, diagonal));
    store<u8>(zeroContexts + f, sideContext(down, across, diagonal), 512);
    store<u8>(zeroContexts + f, diagonalContext(across + down, diagonal), 1024);
  }
  for (let f = 0; f < 256; f++) {
    const across = clamped(contribution(f >> 2) + contribution(f >> 4));
    const down = clamped(contribution(f) + contribution(f >> 6));
    const isNegative = across < 0 || (across === 0 && down < 0);
    const context = across !== 0 ? 12 + across * down : down !== 0 ? 10 : 9;
    store<u8>(signContexts + f, (context << 1) | i32(isNegative));
  }
  fillChosenLanes();
  isFilled = true;
}

function sideContext(across: i32, down: i32, diagonal: i32): i32 {
  if (across === 2) return 8;
  if (across === 1) return down > 0 ? 7 : diagonal > 0 ? 6 : 5;
  if (down > 0) return 2 + down;
  return min(diagonal, 2);
}

function diagonalContext(sides: i32, diagonal: i32): i32 {
  if (diagonal >= 3) return 8;
  if (diagonal === 2) return sides > 0 ? 7 : 6;
  if (diagonal === 1) return 3 + min(sides, 2);
  return min(sides, 2);
}

/** 1 or -1 of a significant neighbour: significance in bit 0, sign in bit 1. */
function contribution(f: i32): i32 {
  return (f & 1) === 0 ? 0 : (f & 2) === 0 ? 1 : -1;
}

function clamped(value: i32): i32 {
  return max(-1, min(1, value));
}

/** By four bits, which of four lanes come first: the bytes to shuffle. */
export const chosenLanes = memory.data(16 * 16, 16);

function fillChosenLanes(): void {
  for (let bits = 0; bits < 16; bits++) {
    let to = chosenLanes + (bits << 4);
    for (let lane = 0; lane < 4; lane++) {
      if (((bits >> lane) & 1) === 0) continue;
      for (let byte = 0; byte < 4; byte++) store<u8>(to++, (lane << 2) + byte);
    }
  }
}
