import type { Architecture, Convolution, Layer } from "./layers.ts";

const epsilon = 1e-5;

/** Output channels of the four stages; each has two basic blocks, and all but the first halve the image. */
const stages = [64, 128, 256, 512];

/**
 * ResNet-18 (He et al. 2015, https://arxiv.org/abs/1512.03385) with torchvision's layer names: 512 features.
 */
export function describeResnet18(): Architecture {
  const layers: Layer[] = [
    convolution({ name: "conv1", norm: "bn1", input: "input", channels: [3, 64], kernelSize: 7, stride: 2 }),
    { kind: "max-pool", name: "maxpool", input: "conv1", kernelSize: 3, stride: 2, padding: 1 },
  ];
  let input = "maxpool";
  let inputChannels = 64;
  for (const [index, channels] of stages.entries()) {
    for (const block of [0, 1]) {
      const name = `layer${index + 1}.${block}`;
      const stride = index > 0 && block === 0 ? 2 : 1;
      layers.push(...basicBlock({ name, input, inputChannels, channels, stride }));
      input = name;
      inputChannels = channels;
    }
  }
  layers.push(
    { kind: "global-average-pool", name: "avgpool", input },
    { kind: "dense", name: "fc", input: "avgpool", inputLength: 512, outputLength: 1000, activation: "none" },
  );
  return { layers, featureLayer: "avgpool", featureLength: 512, logitsLayer: "fc", classCount: 1000 };
}

interface Block {
  name: string;
  input: string;
  inputChannels: number;
  channels: number;
  stride: number;
}

/** Two 3x3 convolutions beside a shortcut; the shortcut is a 1x1 convolution where the shape changes. */
function basicBlock({ name, input, inputChannels, channels, stride }: Block): Layer[] {
  const changesShape = stride !== 1 || inputChannels !== channels;
  const first = convolution({
    name: `${name}.conv1`,
    norm: `${name}.bn1`,
    input,
    channels: [inputChannels, channels],
    kernelSize: 3,
    stride,
  });
  const second = convolution({
    name: `${name}.conv2`,
    norm: `${name}.bn2`,
    input: first.name,
    channels: [channels, channels],
    kernelSize: 3,
    stride: 1,
  });
  const shortcut = convolution({
    name: `${name}.downsample.0`,
    norm: `${name}.downsample.1`,
    input,
    channels: [inputChannels, channels],
    kernelSize: 1,
    stride,
  });
  return [
    first,
    { ...second, activation: "none" },
    ...(changesShape ? [{ ...shortcut, activation: "none" as const }] : []),
    { kind: "add", name, input: second.name, other: changesShape ? shortcut.name : input, activation: "relu" },
  ];
}

interface ConvolutionFacts {
  name: string;
  norm: string;
  input: string;
  channels: [input: number, output: number];
  kernelSize: number;
  stride: number;
}

function convolution({ name, norm, input, channels, kernelSize, stride }: ConvolutionFacts): Convolution {
  const [inputChannels, outputChannels] = channels;
  const padding = (kernelSize - 1) / 2;
  const shape = { inputChannels, outputChannels, kernelSize, stride, padding, isDepthwise: false, hasBias: false };
  return { kind: "convolution", name, input, ...shape, norm: { name: norm, epsilon }, activation: "relu" };
}
