import { elementCount } from "../state-dict.ts";
import type { Architecture, Layer } from "./layers.ts";

/** What a parameter is for; decides how it is drawn at random and whether training would move it. */
type ParameterRole = "weight" | "bias" | "scale" | "shift" | "running-mean" | "running-variance";

export interface Parameter {
  name: string;
  /** In PyTorch's layout: convolutions [output, input per group, height, width], dense layers [output, input]. */
  shape: number[];
  role: ParameterRole;
  /** Numbers that are summed into one output: He initialisation scales by it. */
  fanIn: number;
  /** True for the classifier that is not needed for features. */
  isHead: boolean;
}

/** Every tensor that a state dict of this architecture holds, in the order of computing. */
export function parametersOf(architecture: Architecture): Parameter[] {
  return architecture.layers.flatMap((layer) =>
    parametersOfLayer(layer).map((parameter) => ({ ...parameter, isHead: layer.name === architecture.logitsLayer })),
  );
}

export function parametersOfLayer(layer: Layer): Omit<Parameter, "isHead">[] {
  if (layer.kind === "dense") {
    const { name, inputLength, outputLength } = layer;
    return [
      { name: `${name}.weight`, shape: [outputLength, inputLength], role: "weight", fanIn: inputLength },
      { name: `${name}.bias`, shape: [outputLength], role: "bias", fanIn: inputLength },
    ];
  }
  if (layer.kind !== "convolution") return [];
  const { name, inputChannels, outputChannels, kernelSize, isDepthwise, hasBias, norm } = layer;
  const shape = [outputChannels, isDepthwise ? 1 : inputChannels, kernelSize, kernelSize];
  const fanIn = elementCount(shape.slice(1));
  const vector = { shape: [outputChannels], fanIn };
  return [
    { name: `${name}.weight`, shape, role: "weight", fanIn },
    ...(hasBias ? [{ name: `${name}.bias`, role: "bias" as const, ...vector }] : []),
    ...(norm === undefined
      ? []
      : [
          { name: `${norm.name}.weight`, role: "scale" as const, ...vector },
          { name: `${norm.name}.bias`, role: "shift" as const, ...vector },
          { name: `${norm.name}.running_mean`, role: "running-mean" as const, ...vector },
          { name: `${norm.name}.running_var`, role: "running-variance" as const, ...vector },
        ]),
  ];
}
