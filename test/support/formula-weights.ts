import type { Architecture } from "../../packages/models/src/architectures/layers.ts";
import { parametersOf } from "../../packages/models/src/architectures/parameters.ts";
import { type BackboneName, backbones, type Classifier, type StateDict } from "@mammoflow/models";

/** FNV-1a, 32 bits, of ASCII text. */
function seedOf(name: string): number {
  let value = 0x811c9dc5;
  for (const character of name) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return value;
}

/** Numbers in [-1, 1) that depend on the tensor's name and the element's index only; test/goldens/backbones.py has the same. */
function uniform(seed: number, index: number): number {
  let state = (Math.imul(index, 0x9e3779b9) + seed) >>> 0;
  state = Math.imul(state ^ (state >>> 16), 0x7feb352d) >>> 0;
  state = Math.imul(state ^ (state >>> 15), 0x846ca68b) >>> 0;
  state = (state ^ (state >>> 16)) >>> 0;
  return state / 2 ** 31 - 1;
}

/** The weights that the goldens of the backbones were computed with. */
export const formulaWeights = (name: BackboneName): StateDict => formulaTensors(backbones[name].architecture);

/** The same of any architecture. */
export function formulaTensors(architecture: Architecture): StateDict {
  return new Map(
    parametersOf(architecture).map(({ name, shape, role, fanIn }) => {
      const { offset, spread } = {
        "running-mean": { offset: 0, spread: 0.1 },
        "running-variance": { offset: 1, spread: 0.5 },
        bias: { offset: 0, spread: 0.1 },
        shift: { offset: 0, spread: 0.1 },
        scale: { offset: 1, spread: 0.25 },
        weight: { offset: 0, spread: Math.sqrt(6 / fanIn) },
      }[role];
      const seed = seedOf(name);
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      for (let index = 0; index < data.length; index++) data[index] = offset + spread * uniform(seed, index);
      return [name, { shape, data }];
    }),
  );
}

/**
 * 64 sums of a tensor's elements, each with a sign of its own, as test/goldens/train-gradients.py has them: their squares add
 * up to the square of the tensor's norm on average.
 */
export function sketchOf(name: string, data: Float32Array): Float64Array<ArrayBuffer> {
  const seed = seedOf(`sketch ${name}`);
  const sums = new Float64Array(64);
  for (let index = 0; index < data.length; index++) {
    const drawn = Math.floor((uniform(seed, index) + 1) * sums.length);
    sums[drawn >> 1]! += drawn % 2 === 0 ? data[index]! : -data[index]!;
  }
  return sums;
}

/** The classifier of two outputs that the goldens of the explanations were computed with. */
export function formulaClassifier(featureLength: number): Classifier {
  const draw = (name: string, length: number, spread: number): Float32Array => {
    const seed = seedOf(name);
    return Float32Array.from({ length }, (_, index) => spread * uniform(seed, index));
  };
  const weight = draw("head.weight", 2 * featureLength, Math.sqrt(6 / featureLength));
  return { outputs: 2, weight, bias: draw("head.bias", 2, 0.1) };
}

/** A grey image with edges in every direction, uint8 [size, size]. */
export function formulaImage(sizePx: number): Uint8Array {
  return Uint8Array.from({ length: sizePx * sizePx }, (_, index) => {
    const x = index % sizePx;
    const y = Math.floor(index / sizePx);
    return ((3 * x + 5 * y) ^ ((x * y) >> 4)) & 255;
  });
}

/** The largest difference, as a part of the largest expected value. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  let difference = 0;
  for (let index = 0; index < expected.length; index++) {
    largest = Math.max(largest, Math.abs(expected[index]!));
    difference = Math.max(difference, Math.abs(actual[index]! - expected[index]!));
  }
  return Number.isNaN(difference) ? Infinity : difference / largest;
}
