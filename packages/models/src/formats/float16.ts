/** The highest finite half-precision number. */
const highest = 65_504;

let table: Float32Array | undefined;

/** Every half-precision number (IEEE 754 binary16) as single precision, by its bits; made once, 256 KiB. */
function float16Values(): Float32Array {
  return (table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }));
}

/** Half-precision numbers as single precision, exactly, at the start of `target`. */
export function decodeFloat16(halves: Uint16Array, target: Float32Array): void {
  const values = float16Values();
  for (let index = 0; index < halves.length; index++) target[index] = values[halves[index] ?? 0] ?? 0;
}

/** Half-precision numbers of single-precision ones, rounded to nearest even; what is too large becomes the highest finite one. */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index++) halves[index] = halfOf(bits[index] ?? 0, values[index] ?? 0);
  return halves;
}

function halfOf(word: number, value: number): number {
  const sign = (word >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (size > highest) return sign | 0x7bff;
  // Below the normal numbers, halves are whole multiples of 2^-24; the sum rounds to nearest even.
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24);
  const rest = word & 0x1fff;
  const half = ((word & 0x7fffffff) >>> 13) - (112 << 10);
  const isUp = rest > 0x1000 || (rest === 0x1000 && (half & 1) === 1);
  return sign | Math.min(half + (isUp ? 1 : 0), 0x7bff);
}

function roundEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
