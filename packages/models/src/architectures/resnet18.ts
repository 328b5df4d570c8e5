import type { Architecture, Convolution } from "./layers.ts";
import { type Block, convolution, describeResidualNetwork } from "./residual.ts";

/** ResNet-18: 512 features. */
export function describeResnet18(): Architecture {
  return describeResidualNetwork({ blocks: [2, 2, 2, 2], widening: 1, branch: basicBlock });
}

/** Two 3x3 convolutions; the first carries the stride. */
function basicBlock({ name, input, inputChannels, channels, stride }: Block): Convolution[] {
  const part = (index: number) => ({ name: `${name}.conv${index}`, norm: `${name}.bn${index}`, kernelSize: 3 });
  return [
    convolution({ ...part(1), input, channels: [inputChannels, channels], stride }),
    convolution({
      ...part(2),
      input: `${name}.conv1`,
      channels: [channels, channels],
      stride: 1,
      activation: "none",
    }),
  ];
}
