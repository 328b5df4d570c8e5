/** bfloat16, the upper half of a binary32, rounded to nearest even; a NaN stays one. */
export function encodeBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bits.length);
  // `Uint16Array.from` with a function would hold 100 million numbers of VGG-16 a second time, as eight bytes each.
  for (let index = 0; index < bits.length; index++) halves[index] = upperHalf(bits[index] ?? 0);
  return halves;
}

function upperHalf(word: number): number {
  if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40; // a quiet NaN: rounding could make it infinite
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}
