import { decodeFloat16 } from "./float16.ts";

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
  if (type === "F16") {
    const values = new Float32Array(halves.length);
    decodeFloat16(halves, values);
    return values;
  }
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer); // bfloat16 is the upper half of a binary32
}
