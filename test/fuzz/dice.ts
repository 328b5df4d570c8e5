import type { Random } from "@mammoflow/runtime";

/** One of several, all alike. */
export function pick<Choice>(random: Random, choices: ArrayLike<Choice>): Choice {
  return choices[random.below(choices.length)]!;
}

/** A whole number from `low` to `high`, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + random.below(high - low + 1);
}

export function chance(random: Random, share: number): boolean {
  return random.uniform() < share;
}

/** A part of so many bytes, seldom long: halves of it are more frequent than the whole. */
export function someLength(random: Random, most: number): number {
  return between(random, 1, Math.max(1, most >> random.below(8)));
}

export function randomBytes(random: Random, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.below(256)));
}

/** Numbers around which sizes, counts and offsets break. */
export const boundaryBytes = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
export const boundaryWords = [
  0, 1, 2, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 64, 255, 256, 0x7fff, 0x8000, 0xfffe, 0xffff,
];
export const boundaryLongs = [
  0, 1, 2, 3, 7, 8, 0xff, 0x100, 0xffff, 0x10000, 0xffffff, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffffe,
  0xffffffff,
];
