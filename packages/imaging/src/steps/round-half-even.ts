/** At this size a double has no binary places left, so adding it rounds as the processor does. */
const noFraction = 1.5 * 2 ** 52;

/** Rounds to the nearest integer, halves to the even one, as processors and OpenCV do; for magnitudes below 2^51. */
export function roundHalfEven(value: number): number {
  return value + noFraction - noFraction;
}
