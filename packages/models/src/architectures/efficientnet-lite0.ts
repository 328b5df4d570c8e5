import { blocksOf, convolution, invertedResidual, type MobileStyle, type Stage } from "./inverted-residual.ts";
import type { Architecture, Layer } from "./layers.ts";

/** Trained in TensorFlow: its padding rule and its batch normalisation's epsilon. */
const style: MobileStyle = { padding: () => "same", epsilon: 1e-3 };

const stages: Stage[] = [
  { expansion: 1, channels: 16, repeats: 1, stride: 1, kernelSize: 3 },
  { expansion: 6, channels: 24, repeats: 2, stride: 2, kernelSize: 3 },
  { expansion: 6, channels: 40, repeats: 2, stride: 2, kernelSize: 5 },
  { expansion: 6, channels: 80, repeats: 3, stride: 2, kernelSize: 3 },
  { expansion: 6, channels: 112, repeats: 3, stride: 1, kernelSize: 5 },
  { expansion: 6, channels: 192, repeats: 4, stride: 2, kernelSize: 5 },
  { expansion: 6, channels: 320, repeats: 1, stride: 1, kernelSize: 3 },
];

/**
 * EfficientNet-Lite0 (Tan & Le 2019, https://arxiv.org/abs/1905.11946; the Lite variant of TensorFlow's TPU models: ReLU6
 * instead of swish, no squeeze-and-excitation) with the layer names of the package `efficientnet-lite-pytorch`: 1280 features.
 */
export function describeEfficientnetLite0(): Architecture {
  const stem = { name: "_conv_stem", norm: "_bn0", input: "input" };
  const layers: Layer[] = [
    convolution(style, { ...stem, inputChannels: 3, outputChannels: 32, kernelSize: 3, stride: 2 }),
  ];
  const ends = [stem.name];
  for (const { index, endsStage, ...shape } of blocksOf(stages, 32)) {
    const block = `_blocks.${index}`;
    layers.push(
      ...invertedResidual(
        style,
        {
          block,
          expand: [`${block}._expand_conv`, `${block}._bn0`],
          depthwise: [`${block}._depthwise_conv`, `${block}._bn1`],
          project: [`${block}._project_conv`, `${block}._bn2`],
        },
        { ...shape, input: layers.at(-1)?.name ?? "input" },
      ),
    );
    if (endsStage) ends.push(layers.at(-1)?.name ?? block);
  }
  const head = { name: "_conv_head", norm: "_bn1", input: layers.at(-1)?.name ?? "input" };
  layers.push(
    convolution(style, { ...head, inputChannels: 320, outputChannels: 1280, kernelSize: 1, stride: 1 }),
    { kind: "global-average-pool", name: "_avg_pooling", input: head.name },
    { kind: "dense", name: "_fc", input: "_avg_pooling", inputLength: 1280, outputLength: 1000, activation: "none" },
  );
  return {
    layers,
    featureLayer: "_avg_pooling",
    featureLength: 1280,
    stages: [...ends, head.name],
    lastBlock: "_blocks.15._expand_conv",
    logitsLayer: "_fc",
    classCount: 1000,
  };
}
