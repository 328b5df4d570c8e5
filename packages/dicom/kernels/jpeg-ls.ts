// JPEG-LS (ITU-T T.87 annex A), line by line; src/codecs/jpeg-ls.ts reads the headers and steers.

import { bits, held, isOverrun, keepBits, refillAfterMarks } from "./jpeg-bits";
import { CORRUPT, OK, OVERRUN } from "./status";

/** Contexts of 16 bytes: A, B, C, N (A.2.1), and k, which is made beforehand (A.5.1); 1 to 364 are the regular ones, 365 and 366 those of interrupted runs. */
const contexts = memory.data(367 * 16, 16);
const A: usize = 0;
/** In the contexts of interrupted runs: how many errors were negative, Nn. */
const B: usize = 4;
const C: usize = 8;
const K: usize = 10;
const N: usize = 12;
/** Region of a gradient (A.3.3), -4 to 4, by gradient. */
const regions = memory.data(131072, 16);
const ZERO_GRADIENT: usize = regions + 65536;
/** Two lines in turns, with a sample before and one behind. */
const LINE_BYTES: usize = 2 * (65536 + 64);
const lines = memory.data(262400, 16);
/** Order of the run lengths: J of A.2.1. */
// prettier-ignore
const orders = memory.data<u8>([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

let largest: i32 = 0;
let near: i32 = 0;
let reset: i32 = 0;
let range: i32 = 0;
/** Bits of an error that is written as it is, and the longest code. */
let wholeBits: i32 = 0;
let limit: i32 = 0;

let runIndex: i32 = 0;
let current: usize = 0;
let above: usize = 0;

/** Sets the parameters of a scan, those derived ones too that A.2.1 and C.2.4.1.1 name. */
export function lsParameters(
  largestSample: i32,
  nearness: i32,
  t1: i32,
  t2: i32,
  t3: i32,
  resetAt: i32,
  errorRange: i32,
  errorBits: i32,
  longest: i32,
): void {
  largest = largestSample;
  near = nearness;
  reset = resetAt;
  range = errorRange;
  wholeBits = errorBits;
  limit = longest;
  for (let gradient = -65536; gradient < 65536; gradient++) {
    const size = abs(gradient);
    const region = size <= near ? 0 : size < t1 ? 1 : size < t2 ? 2 : size < t3 ? 3 : 4;
    store<i8>(ZERO_GRADIENT + gradient, gradient < 0 ? -region : region);
  }
}

/** State at the beginning of a scan and behind a restart marker. */
export function lsBegin(): void {
  const mean = max(2, (range + 32) >> 6);
  for (let at = contexts; at < contexts + 367 * 16; at += 16) {
    store<i32>(at, mean, A);
    store<i64>(at, 0, B);
    store<i32>(at, 1, N);
    store<u16>(at, <u16>orderOf(mean, 1), K);
  }
  memory.fill(lines, 0, 2 * LINE_BYTES);
  runIndex = 0;
  current = lines + 64;
  above = lines + 64 + LINE_BYTES;
}

/** Decodes a line of `columns` samples, 65,535 at most, of 16 bits each. */
export function lsLine(to: usize, columns: i32): i32 {
  const line = above;
  const over = current;
  above = over;
  current = line;
  const width = (<usize>columns) << 1;
  store<u16>(over + width, load<u16>(over + width - 2));
  store<u16>(line - 2, load<u16>(over));

  let value = bits;
  let number = held;
  const step = 2 * near + 1;
  const longestPrefix = limit - wholeBits - 1;
  let a: i32 = load<u16>(line - 2);
  let b: i32 = load<u16>(over);
  let c: i32 = load<u16>(over - 2);
  let x: usize = 0;
  while (x < width) {
    const d: i32 = load<u16>(over + x + 2);
    let region =
      81 * <i32>load<i8>(ZERO_GRADIENT + (d - b)) +
      9 * <i32>load<i8>(ZERO_GRADIENT + (b - c)) +
      <i32>load<i8>(ZERO_GRADIENT + (c - a));
    if (number < 32) {
      value = refillAfterMarks(value, number);
      number = held;
    }
    if (region === 0) {
      keepBits(value, number);
      x = run(line, over, x, width, a);
      if (x === 0) return failure();
      value = bits;
      number = held;
    } else {
      const sign = region >> 31;
      const context = contexts + ((<usize>((region ^ sign) - sign)) << 4);
      const sum = load<i32>(context, A);
      const count = load<i32>(context, N);
      const k: i32 = load<u16>(context, K);
      const zeros = <i32>clz(value);
      let code: i32;
      if (zeros < longestPrefix && zeros + 1 + k <= number) {
        value <<= <u64>(zeros + 1);
        code = (zeros << k) + <i32>((value >> 1) >> (63 - k));
        value <<= k;
        number -= zeros + 1 + k;
      } else {
        keepBits(value, number);
        code = longCode(k, limit);
        if (code < 0) return failure();
        value = bits;
        number = held;
      }
      const bias: i32 = load<i16>(context, C);
      let drift = load<i32>(context, B);
      const isFlipped = k === 0 && near === 0 ? (2 * drift + count - 1) >> 31 : 0;
      const error = (code >> 1) ^ -(code & 1) ^ isFlipped;

      let prediction = max(min(a, b), min(max(a, b), a + b - c));
      prediction = max(0, min(largest, prediction + (bias ^ sign) - sign));
      let sample = prediction + step * ((error ^ sign) - sign);
      if (sample < -near) sample += range * step;
      else if (sample > largest + near) sample -= range * step;
      a = max(0, min(largest, sample));
      store<u16>(line + x, a);
      x += 2;
      c = b;
      b = d;

      update(context, sum, drift, bias, count, error, step);
      continue;
    }
    a = load<u16>(line + x - 2);
    b = load<u16>(over + x);
    c = load<u16>(over + x - 2);
  }
  keepBits(value, number);
  memory.copy(to, line, width);
  return isOverrun() ? OVERRUN : OK;
}

/** Golomb parameter (A.5.1): the smallest k with count << k >= sum. */
function orderOf(sum: i32, count: i32): i32 {
  const k = max(0, <i32>clz(count) - <i32>clz(sum));
  return k + i32(count << k < sum);
}

/** A.6.1 and A.6.2, without branches: they would be guessed wrong often. */
function update(context: usize, sum: i32, drift: i32, bias: i32, count: i32, error: i32, step: i32): void {
  sum += abs(error);
  drift += error * step;
  if (count === reset) {
    sum >>= 1;
    drift >>= 1;
    count >>= 1;
  }
  count += 1;
  const isLow = i32(drift + count <= 0);
  const isHigh = i32(drift > 0);
  drift += (count & -isLow) - (count & -isHigh);
  store<i32>(context, sum, A);
  store<i32>(context, max(1 - count, min(0, drift)), B);
  store<i16>(context, <i16>max(-128, min(127, bias + isHigh - isLow)), C);
  store<u16>(context, <u16>orderOf(sum, count), K);
  store<i32>(context, count, N);
}

/** The zeros behind the end of a stream soon make no sense, but that is not what is wrong with it. */
function failure(): i32 {
  return isOverrun() ? OVERRUN : CORRUPT;
}

/** A code of any length (A.5.3), -1 where there is none. */
function longCode(k: i32, longest: i32): i32 {
  const longestPrefix = longest - wholeBits - 1;
  let zeros = 0;
  while (true) {
    const next = <i32>clz(bits);
    if (next < held) {
      zeros += next;
      take(next + 1);
      break;
    }
    zeros += held;
    keepBits(0, 0);
    if (zeros > longestPrefix) return -1;
    keepBits(refillAfterMarks(0, 0), held);
  }
  if (zeros < longestPrefix) {
    const code = (zeros << k) + take(k);
    return code <= 131071 ? code : -1;
  }
  return zeros === longestPrefix ? take(wholeBits) + 1 : -1;
}

/** The next bits as a number, 24 of them at most. */
function take(number: i32): i32 {
  if (held < number) keepBits(refillAfterMarks(bits, held), held);
  const value = number === 0 ? 0 : <i32>(bits >> (64 - number));
  keepBits(number === 64 ? 0 : bits << number, held - number);
  return value;
}

/** Run mode (A.7), from `x` on; returns where it ended, a byte offset, 0 where the stream makes no sense. */
function run(line: usize, over: usize, x: usize, width: usize, a: i32): usize {
  const start = x;
  let order: i32 = 0;
  while (true) {
    if (held < 32) keepBits(refillAfterMarks(bits, held), held);
    order = load<u8>(orders + runIndex);
    if (take(1) === 0) {
      x += (<usize>take(order)) << 1;
      if (x >= width) return 0;
      break;
    }
    x += 2 << order;
    if (x <= width && runIndex < 31) runIndex++;
    if (x >= width) {
      x = width;
      break;
    }
  }
  const values = v128.splat<u16>(<u16>a);
  for (let at = start; at < x; at += 16) v128.store(line + at, values);
  if (x === width) return x;

  // The sample that interrupts the run (A.7.2).
  const b: i32 = load<u16>(over + x);
  const isLevel = i32(abs(a - b) <= near);
  const context = contexts + <usize>((365 + isLevel) << 4);
  const sum = load<i32>(context, A);
  const count = load<i32>(context, N);
  const negatives = load<i32>(context, B);
  const k = orderOf(sum + (isLevel ? count >> 1 : 0), count);
  const code = longCode(k, limit - order - 1);
  if (code < 0) return 0;
  const mapped = code + isLevel;
  const odd = mapped & 1;
  const size = (mapped + odd) >> 1;
  const error = i32(k !== 0 || 2 * negatives >= count) === odd ? -size : size;
  const step = 2 * near + 1;
  let sample = isLevel ? a + error * step : a > b ? b - error * step : b + error * step;
  if (sample < -near) sample += range * step;
  else if (sample > largest + near) sample -= range * step;
  store<u16>(line + x, max(0, min(largest, sample)));

  const halved = i32(count === reset);
  store<i32>(context, (sum + ((code + 1 - isLevel) >> 1)) >> halved, A);
  store<i32>(context, (negatives + i32(error < 0)) >> halved, B);
  store<i32>(context, (count >> halved) + 1, N);
  if (runIndex > 0) runIndex--;
  return x + 2;
}
