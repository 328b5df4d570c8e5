import { type Parameter, parametersOf } from "../architectures/parameters.ts";
import type { BackboneName } from "../backbone-names.ts";
import { backbones } from "../backbones.ts";
import { ModelsError } from "../models-error.ts";
import { isShape, parameterOf } from "../parameter-of.ts";
import { elementCount, type StateDict, type Tensor } from "../state-dict.ts";

/**
 * The tensors that a backbone uses out of a file's, under the architecture's names and each with its shape; a classifier of other
 * classes than the published one's is left out.
 *
 * @param file its name in messages
 * @throws ModelsError WEIGHTS_MISMATCH when a tensor is missing or shaped otherwise
 */
export function fittingWeights(name: BackboneName, stateDict: StateDict, file: string): StateDict {
  const { architecture, title, weights } = backbones[name];
  const parameters = parametersOf(architecture);
  const tensors = inOurNames(stateDict, weights.renamed);
  for (const parameter of parameters) {
    const flat = flattened(tensors.get(parameter.name), parameter);
    if (flat !== undefined) tensors.set(parameter.name, flat);
  }
  const headFits = parameters
    .filter(({ isHead }) => isHead)
    .every(({ name: parameter, shape }) => isShape(tensors.get(parameter)?.shape ?? [], shape));
  const fitted: StateDict = new Map();
  for (const { name: parameter, shape, isHead } of parameters) {
    if (isHead && !headFits) continue;
    try {
      fitted.set(parameter, { shape, data: parameterOf(tensors, parameter, shape) });
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : "";
      throw new ModelsError({
        code: "WEIGHTS_MISMATCH",
        message: `${file} does not hold a ${title}. ${detail}`,
        cause,
      });
    }
  }
  return fitted;
}

/** What PyTorch's DataParallel puts before every name. */
const wrapping = "module.";

function inOurNames(stateDict: StateDict, renamed: readonly (readonly [from: string, to: string])[]): StateDict {
  return new Map(
    [...stateDict].map(([name, tensor]) => {
      const bare = name.startsWith(wrapping) ? name.slice(wrapping.length) : name;
      const rule = renamed.find(([from]) => bare.startsWith(from));
      return [rule === undefined ? bare : rule[1] + bare.slice(rule[0].length), tensor];
    }),
  );
}

/** A dense layer that was written as a convolution [output, channels, height, width]: the same numbers in the same order. */
function flattened(tensor: Tensor | undefined, { shape }: Parameter): Tensor | undefined {
  if (tensor?.shape.length !== 4 || shape.length !== 2 || tensor.shape[0] !== shape[0]) return undefined;
  return elementCount(tensor.shape) === elementCount(shape) ? { shape, data: tensor.data } : undefined;
}
