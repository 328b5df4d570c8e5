/** bfloat16, the upper half of a binary32, rounded to nearest even; a NaN stays one. */
export function encodeBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (word) => {
    if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40; // a quiet NaN: rounding could make it infinite
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
}
