import type { Architecture, Convolution, Layer } from "./layers.ts";

const epsilon = 1e-5;

/** One block of a residual network: its parameters' prefix, where it begins, its channels. */
export interface Block {
  name: string;
  input: string;
  inputChannels: number;
  /** Channels of its inner convolutions. */
  channels: number;
  stride: number;
}

/** What tells one residual network from another. */
export interface ResidualNetwork {
  /** Blocks of each of the four stages, whose inner channels are 64, 128, 256 and 512. */
  blocks: readonly number[];
  /** Output channels of a block as a multiple of its inner ones. */
  widening: number;
  /** The convolutions beside the shortcut; the last one comes without activation. */
  branch: (block: Block) => Convolution[];
}

/**
 * A residual network (He et al. 2015, https://arxiv.org/abs/1512.03385) with torchvision's layer names. Each stage but the first
 * halves the image in its first block.
 */
export function describeResidualNetwork({ blocks, widening, branch }: ResidualNetwork): Architecture {
  const layers: Layer[] = [
    convolution({ name: "conv1", norm: "bn1", input: "input", channels: [3, 64], kernelSize: 7, stride: 2 }),
    { kind: "max-pool", name: "maxpool", input: "conv1", kernelSize: 3, stride: 2, padding: 1 },
  ];
  const stages = ["conv1"];
  let input = "maxpool";
  let inputChannels = 64;
  for (const [index, count] of blocks.entries()) {
    const channels = 64 * 2 ** index;
    for (let block = 0; block < count; block++) {
      const name = `layer${index + 1}.${block}`;
      const stride = index > 0 && block === 0 ? 2 : 1;
      layers.push(...withShortcut({ name, input, inputChannels, channels, stride }, widening, branch));
      input = name;
      inputChannels = channels * widening;
    }
    stages.push(input);
  }
  const featureLength = inputChannels;
  layers.push(
    { kind: "global-average-pool", name: "avgpool", input },
    { kind: "dense", name: "fc", input: "avgpool", inputLength: featureLength, outputLength: 1000, activation: "none" },
  );
  return {
    layers,
    featureLayer: "avgpool",
    featureLength,
    stages,
    lastBlock: "layer4.0.conv1",
    logitsLayer: "fc",
    classCount: 1000,
  };
}

/** The sum of the branch and the block's input, which passes a 1x1 convolution where the shape changes. */
function withShortcut(block: Block, widening: number, branch: ResidualNetwork["branch"]): Layer[] {
  const { name, input, inputChannels, channels, stride } = block;
  const outputChannels = channels * widening;
  const layers = branch(block);
  const shortcut: Convolution[] =
    stride === 1 && inputChannels === outputChannels
      ? []
      : [
          convolution({
            name: `${name}.downsample.0`,
            norm: `${name}.downsample.1`,
            input,
            channels: [inputChannels, outputChannels],
            kernelSize: 1,
            stride,
            activation: "none",
          }),
        ];
  return [
    ...layers,
    ...shortcut,
    {
      kind: "add",
      name,
      input: layers.at(-1)?.name ?? input,
      other: shortcut[0]?.name ?? input,
      activation: "relu",
    },
  ];
}

interface ConvolutionFacts {
  name: string;
  norm: string;
  input: string;
  channels: [input: number, output: number];
  kernelSize: number;
  stride: number;
  activation?: Convolution["activation"];
}

/** Convolution, batch normalisation and, unless `activation` says otherwise, ReLU; padded so that stride 1 keeps the size. */
export function convolution({
  name,
  norm,
  input,
  channels,
  activation = "relu",
  ...shape
}: ConvolutionFacts): Convolution {
  const [inputChannels, outputChannels] = channels;
  const padding = (shape.kernelSize - 1) / 2;
  const facts = { inputChannels, outputChannels, ...shape, padding, isDepthwise: false, hasBias: false };
  return { kind: "convolution", name, input, ...facts, norm: { name: norm, epsilon }, activation };
}
