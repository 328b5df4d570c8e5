import type { Convolution, Layer, Padding } from "./layers.ts";

/** How one family of mobile networks names and pads the layers of its blocks. */
export interface MobileStyle {
  /** Padding of a convolution with this kernel size. */
  padding: (kernelSize: number) => Padding;
  epsilon: number;
}

/** Convolution, batch normalisation and, unless `activation` says otherwise, ReLU6. */
export function convolution(
  style: MobileStyle,
  facts: Pick<Convolution, "name" | "input" | "inputChannels" | "outputChannels" | "kernelSize" | "stride"> & {
    norm: string;
    isDepthwise?: boolean;
    activation?: Convolution["activation"];
  },
): Convolution {
  const { norm, isDepthwise = false, activation = "relu6", ...shape } = facts;
  return {
    kind: "convolution",
    ...shape,
    padding: style.padding(shape.kernelSize),
    isDepthwise,
    hasBias: false,
    norm: { name: norm, epsilon: style.epsilon },
    activation,
  };
}

/** Parameter prefixes of one block: each a convolution and its batch normalisation. */
export interface BlockNames {
  block: string;
  expand: [convolution: string, norm: string];
  depthwise: [convolution: string, norm: string];
  project: [convolution: string, norm: string];
}

export interface BlockShape {
  input: string;
  inputChannels: number;
  outputChannels: number;
  expansion: number;
  kernelSize: number;
  stride: number;
}

/**
 * The inverted residual block of MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381, figure 3): widen by a
 * 1x1 convolution, filter each channel, narrow again; added to its input where the shape stays.
 *
 * @returns the block's layers; the last one's name is where the next block begins
 */
export function invertedResidual(style: MobileStyle, names: BlockNames, shape: BlockShape): Layer[] {
  const { input, inputChannels, outputChannels, expansion, kernelSize, stride } = shape;
  const width = inputChannels * expansion;
  const [expand, depthwise, project] = [names.expand, names.depthwise, names.project];
  const layers: Layer[] = [];
  if (expansion !== 1) {
    const sizes = { inputChannels, outputChannels: width, kernelSize: 1, stride: 1 };
    layers.push(convolution(style, { name: expand[0], norm: expand[1], input, ...sizes }));
  }
  const middle = { inputChannels: width, outputChannels: width, kernelSize, stride, isDepthwise: true };
  layers.push(
    convolution(style, { name: depthwise[0], norm: depthwise[1], input: layers.at(-1)?.name ?? input, ...middle }),
  );
  const narrow = { inputChannels: width, outputChannels, kernelSize: 1, stride: 1, activation: "none" as const };
  layers.push(convolution(style, { name: project[0], norm: project[1], input: depthwise[0], ...narrow }));
  if (stride === 1 && inputChannels === outputChannels)
    layers.push({ kind: "add", name: names.block, input: project[0], other: input, activation: "none" });
  return layers;
}

/** Sizes of a run of equal blocks: only the first has the stride and changes the channels. */
export interface Stage {
  expansion: number;
  channels: number;
  repeats: number;
  stride: number;
  kernelSize: number;
}

/** The blocks of all stages one after another, with their place in the whole. */
export function* blocksOf(
  stages: readonly Stage[],
  inputChannels: number,
): Generator<Omit<BlockShape, "input"> & { index: number; endsStage: boolean }> {
  let index = 0;
  let before = inputChannels;
  for (const { expansion, channels, repeats, stride, kernelSize } of stages) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      yield {
        index,
        inputChannels: before,
        outputChannels: channels,
        expansion,
        kernelSize,
        stride: repeat === 0 ? stride : 1,
        endsStage: repeat === repeats - 1,
      };
      before = channels;
      index++;
    }
  }
}
