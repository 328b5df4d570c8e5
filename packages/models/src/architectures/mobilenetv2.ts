import {
  type BlockNames,
  blocksOf,
  convolution,
  invertedResidual,
  type MobileStyle,
  type Stage,
} from "./inverted-residual.ts";
import type { Architecture, Layer } from "./layers.ts";

const style: MobileStyle = { padding: (kernelSize) => (kernelSize - 1) / 2, epsilon: 1e-5 };

/** Table 2 of the paper. */
const stages: Stage[] = [
  { expansion: 1, channels: 16, repeats: 1, stride: 1, kernelSize: 3 },
  { expansion: 6, channels: 24, repeats: 2, stride: 2, kernelSize: 3 },
  { expansion: 6, channels: 32, repeats: 3, stride: 2, kernelSize: 3 },
  { expansion: 6, channels: 64, repeats: 4, stride: 2, kernelSize: 3 },
  { expansion: 6, channels: 96, repeats: 3, stride: 1, kernelSize: 3 },
  { expansion: 6, channels: 160, repeats: 3, stride: 2, kernelSize: 3 },
  { expansion: 6, channels: 320, repeats: 1, stride: 1, kernelSize: 3 },
];

/**
 * MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381) with torchvision's layer names: 1280 features.
 */
export function describeMobilenetv2(): Architecture {
  const stem = { name: "features.0.0", norm: "features.0.1", input: "input" };
  const layers: Layer[] = [
    convolution(style, { ...stem, inputChannels: 3, outputChannels: 32, kernelSize: 3, stride: 2 }),
  ];
  const ends = [stem.name];
  for (const { index, endsStage, ...shape } of blocksOf(stages, 32)) {
    const block = `features.${index + 1}`;
    const names = blockNames(block, shape.expansion);
    layers.push(...invertedResidual(style, names, { ...shape, input: layers.at(-1)?.name ?? "input" }));
    if (endsStage) ends.push(layers.at(-1)?.name ?? block);
  }
  const head = { name: "features.18.0", norm: "features.18.1", input: layers.at(-1)?.name ?? "input" };
  layers.push(
    convolution(style, { ...head, inputChannels: 320, outputChannels: 1280, kernelSize: 1, stride: 1 }),
    { kind: "global-average-pool", name: "avgpool", input: head.name },
    {
      kind: "dense",
      name: "classifier.1",
      input: "avgpool",
      inputLength: 1280,
      outputLength: 1000,
      activation: "none",
    },
  );
  return {
    layers,
    featureLayer: "avgpool",
    featureLength: 1280,
    stages: [...ends, head.name],
    lastBlock: "features.17.conv.0.0",
    logitsLayer: "classifier.1",
    classCount: 1000,
  };
}

/** torchvision numbers a block's parts in order, so all shift by one where there is nothing to expand. */
function blockNames(block: string, expansion: number): BlockNames {
  const first = expansion === 1 ? 0 : 1;
  const part = (index: number): string => `${block}.conv.${index}`;
  return {
    block,
    expand: [`${part(0)}.0`, `${part(0)}.1`],
    depthwise: [`${part(first)}.0`, `${part(first)}.1`],
    project: [part(first + 1), part(first + 2)],
  };
}
