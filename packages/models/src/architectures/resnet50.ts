import type { Architecture, Convolution } from "./layers.ts";
import { type Block, convolution, describeResidualNetwork } from "./residual.ts";

const widening = 4;

/** ResNet-50: 2048 features. */
export function describeResnet50(): Architecture {
  return describeResidualNetwork({ blocks: [3, 4, 6, 3], widening, branch: bottleneck });
}

/** Narrow, filter, widen. The 3x3 convolution carries the stride, as in torchvision; in the paper it is the first 1x1. */
function bottleneck({ name, input, inputChannels, channels, stride }: Block): Convolution[] {
  const part = (index: number) => ({ name: `${name}.conv${index}`, norm: `${name}.bn${index}` });
  return [
    convolution({ ...part(1), input, channels: [inputChannels, channels], kernelSize: 1, stride: 1 }),
    convolution({ ...part(2), input: `${name}.conv1`, channels: [channels, channels], kernelSize: 3, stride }),
    convolution({
      ...part(3),
      input: `${name}.conv2`,
      channels: [channels, channels * widening],
      kernelSize: 1,
      stride: 1,
      activation: "none",
    }),
  ];
}
