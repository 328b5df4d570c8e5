import { ModelsError } from "./models-error.ts";
import type { StateDict } from "./state-dict.ts";

/**
 * One parameter of a network.
 *
 * @param shape the shape it must have
 * @throws ModelsError WEIGHTS_MISMATCH when it is missing or shaped otherwise
 */
export function parameterOf(stateDict: StateDict, name: string, shape: readonly number[]): Float32Array {
  const tensor = stateDict.get(name);
  if (tensor !== undefined && isShape(tensor.shape, shape)) return tensor.data;
  const found = tensor === undefined ? "there is no such tensor" : `it is [${tensor.shape.join(", ")}]`;
  throw new ModelsError({
    code: "WEIGHTS_MISMATCH",
    message: `The weights do not fit the network: ${name} should be [${shape.join(", ")}], but ${found}. Use weights of the same architecture.`,
  });
}

/** True when both shapes are the same. */
export const isShape = (shape: readonly number[], other: readonly number[]): boolean =>
  shape.length === other.length && shape.every((size, axis) => size === other[axis]);
