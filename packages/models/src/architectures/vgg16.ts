import type { Architecture, Layer } from "./layers.ts";

/** Output channels and convolutions of the five blocks (configuration D of the paper); each ends in a pool that halves the image. */
const blocks = [
  { channels: 64, convolutions: 2 },
  { channels: 128, convolutions: 2 },
  { channels: 256, convolutions: 3 },
  { channels: 512, convolutions: 3 },
  { channels: 512, convolutions: 3 },
];

/**
 * VGG-16 (Simonyan & Zisserman 2014, https://arxiv.org/abs/1409.1556) without batch normalisation, with torchvision's layer names:
 * 4096 features, the numbers that its last dense layer takes.
 */
export function describeVgg16(): Architecture {
  const layers: Layer[] = [];
  const stages: string[] = [];
  let input = "input";
  let inputChannels = 3;
  let index = 0; // torchvision counts convolutions, activations and pools
  for (const { channels, convolutions } of blocks) {
    for (let count = 0; count < convolutions; count++) {
      const name = `features.${index}`;
      layers.push(convolution(name, input, inputChannels, channels));
      input = name;
      inputChannels = channels;
      index += 2;
    }
    stages.push(input);
    const pool = `features.${index}`;
    layers.push({ kind: "max-pool", name: pool, input, kernelSize: 2, stride: 2, padding: 0 });
    input = pool;
    index++;
  }
  layers.push(
    { kind: "adaptive-average-pool", name: "avgpool", input, size: 7 },
    { kind: "flatten", name: "flatten", input: "avgpool" },
    dense("classifier.0", "flatten", 512 * 7 * 7, 4096, "relu"),
    dense("classifier.3", "classifier.0", 4096, 4096, "relu"),
    dense("classifier.6", "classifier.3", 4096, 1000, "none"),
  );
  return {
    layers,
    featureLayer: "classifier.3",
    featureLength: 4096,
    stages,
    lastBlock: "features.24",
    logitsLayer: "classifier.6",
    classCount: 1000,
  };
}

const convolution = (name: string, input: string, inputChannels: number, outputChannels: number): Layer => ({
  kind: "convolution",
  name,
  input,
  inputChannels,
  outputChannels,
  kernelSize: 3,
  stride: 1,
  padding: 1,
  isDepthwise: false,
  hasBias: true,
  activation: "relu",
});

const dense = (
  name: string,
  input: string,
  inputLength: number,
  outputLength: number,
  activation: "none" | "relu",
): Layer => ({ kind: "dense", name, input, inputLength, outputLength, activation });
