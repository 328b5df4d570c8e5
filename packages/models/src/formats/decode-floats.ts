/** Number types that weights are stored in: single, half (IEEE 754 binary16), bfloat16 and double precision. */
export type FloatType = "F32" | "F16" | "BF16" | "F64";

export const floatBytes: Record<FloatType, number> = { F32: 4, F16: 2, BF16: 2, F64: 8 };

/**
 * Little-endian floats as single precision. Half precision converts exactly; double is rounded.
 *
 * @param bytes a whole number of elements; they are copied
 */
export function decodeFloats(type: FloatType, bytes: Uint8Array): Float32Array {
  const copy = new Uint8Array(bytes).buffer; // aligned, and not a view that keeps the whole file in memory (Buffer.slice would be)
  if (type === "F32") return new Float32Array(copy);
  if (type === "F64") return Float32Array.from(new Float64Array(copy));
  const halves = new Uint16Array(copy);
  if (type === "F16") return Float32Array.from(halves, fromFloat16);
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer); // bfloat16 is the upper half of a binary32
}

/** Sign, 5 bits of exponent, 10 of fraction. */
function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
