/** Random textures: sums of smooth noise over octaves, as breast tissue shows them at every scale. */
import type { Random } from "./random.ts";

export interface Texture {
  /** `[height, width]`, mean about 0, standard deviation about 1. */
  values: Float32Array;
  width: number;
  height: number;
}

/**
 * Noise whose power falls with frequency. Each octave adds white noise to the smoothly doubled one before, so that all
 * octaves together cost little more than the last one.
 *
 * @param octaves how often the grid doubles; the coarsest features are `2^octaves` grid steps wide.
 * @param gain amplitude of an octave relative to the coarser one before; 0.7 is a power spectrum of about 1/f^3, which
 * mammograms have (Burgess, Jacobson & Judy, Medical Physics 28, 2001).
 */
export function createTexture(width: number, height: number, octaves: number, gain: number, random: Random): Texture {
  let level = whiteNoise(Math.ceil(width / 2 ** octaves) + 1, Math.ceil(height / 2 ** octaves) + 1, random.uint32());
  let amplitude = 1;
  for (let octave = octaves - 1; octave >= 0; octave--) {
    amplitude *= gain;
    const size = { width: Math.ceil(width / 2 ** octave), height: Math.ceil(height / 2 ** octave) };
    level = doubleAndAddNoise(level, size, amplitude, random.uint32());
  }
  standardise(level.values);
  return level;
}

const uniformToUnit = 1 / 2 ** 31;

function whiteNoise(width: number, height: number, seed: number): Texture {
  const values = new Float32Array(width * height);
  let state = seed | 1;
  for (let index = 0; index < values.length; index++) {
    state = xorshift(state);
    values[index] = state * uniformToUnit;
  }
  return { values, width, height };
}

/** Marsaglia's 32-bit generator (Journal of Statistical Software 8, 2003): enough for the grain of an image. */
function xorshift(state: number): number {
  let next = state;
  next ^= next << 13;
  next ^= next >>> 17;
  return next ^ (next << 5);
}

/** Doubles by the weights 1/4 and 3/4 in both directions (a quadratic B-spline), and adds noise. */
function doubleAndAddNoise(
  coarse: Texture,
  { width, height }: { width: number; height: number },
  amplitude: number,
  seed: number,
): Texture {
  const values = new Float32Array(width * height);
  const from = coarse.values;
  const noise = amplitude * uniformToUnit;
  let state = seed | 1;
  for (let y = 0; y < height; y++) {
    const near = Math.min(y >> 1, coarse.height - 1) * coarse.width;
    const farRow = Math.min(Math.max((y >> 1) + (y & 1 ? 1 : -1), 0), coarse.height - 1);
    const far = farRow * coarse.width;
    const last = coarse.width - 1;
    for (let x = 0, out = y * width; x < width; x++, out++) {
      const here = Math.min(x >> 1, last);
      const beside = Math.min(Math.max((x >> 1) + (x & 1 ? 1 : -1), 0), last);
      const nearRow = 0.75 * at(from, near + here) + 0.25 * at(from, near + beside);
      const otherRow = 0.75 * at(from, far + here) + 0.25 * at(from, far + beside);
      state = xorshift(state);
      values[out] = 0.75 * nearRow + 0.25 * otherRow + noise * state;
    }
  }
  return { values, width, height };
}

/** Reads an element that is known to exist (the compiler cannot know). */
export function at(values: Float32Array, index: number): number {
  return values[index] as number;
}

function standardise(values: Float32Array): void {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  const scale = 1 / Math.sqrt(Math.max(squares / values.length - mean * mean, 1e-12));
  for (let index = 0; index < values.length; index++) values[index] = (at(values, index) - mean) * scale;
}

/** 0 below `low`, 1 above `high`, smooth between. `low` may exceed `high`. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = Math.min(Math.max((value - low) / (high - low), 0), 1);
  return t * t * (3 - 2 * t);
}
