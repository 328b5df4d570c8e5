import type { Architecture } from "../architectures/layers.ts";
import { type Parameter, parametersOf } from "../architectures/parameters.ts";
import { elementCount, type StateDict } from "../state-dict.ts";

/**
 * Untrained weights: normally distributed with variance 2 / fan-in (He et al. 2015, https://arxiv.org/abs/1502.01852), batch
 * normalisation as the identity. The same seed gives the same weights.
 */
export function randomWeights(architecture: Architecture, seed: number): StateDict {
  const normal = createNormal(seed);
  return new Map(
    parametersOf(architecture).map((parameter) => {
      const data = new Float32Array(elementCount(parameter.shape));
      return [parameter.name, { shape: parameter.shape, data: fill(data, parameter, normal) }];
    }),
  );
}

function fill(data: Float32Array, { role, fanIn }: Parameter, normal: () => number): Float32Array {
  if (role === "scale" || role === "running-variance") return data.fill(1);
  if (role !== "weight") return data;
  const deviation = Math.sqrt(2 / fanIn);
  for (let index = 0; index < data.length; index++) data[index] = normal() * deviation;
  return data;
}

/** Standard normal numbers by Box and Muller from the generator mulberry32. */
function createNormal(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
