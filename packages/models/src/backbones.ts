import { describeEfficientnetLite0 } from "./architectures/efficientnet-lite0.ts";
import type { Architecture } from "./architectures/layers.ts";
import { describeMobilenetv2 } from "./architectures/mobilenetv2.ts";
import { describeResnet18 } from "./architectures/resnet18.ts";
import type { BackboneName } from "./backbone-names.ts";
import { publishedWeights, type PublishedWeights } from "./weights/published-weights.ts";

/** What a network expects of its three channels: (value / 255 - mean) / deviation. */
export interface InputNormalisation {
  mean: readonly [number, number, number];
  deviation: readonly [number, number, number];
}

export interface Backbone {
  name: BackboneName;
  title: string;
  architecture: Architecture;
  /** Share of the features that is dropped before the classifier while it trains, as the architecture has it. */
  headDropout: number;
  /** Numbers per image. */
  featureLength: number;
  /** Trainable parameters with the classifier of 1000 classes. */
  parameters: number;
  input: InputNormalisation;
  /** Side of the images that the published weights were trained on. */
  trainedSizePx: number;
  /** Where its pre-trained weights are, under which licence, how good. */
  weights: PublishedWeights;
}

/** The mean and deviation of ImageNet's red, green and blue, as torchvision's weights expect them. */
const imagenet: InputNormalisation = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };
/** EfficientNet-Lite was trained on (value - 127) / 128. */
const centred: InputNormalisation = {
  mean: [127 / 255, 127 / 255, 127 / 255],
  deviation: [128 / 255, 128 / 255, 128 / 255],
};

/** The networks whose features can be taken. */
export const backbones: Record<BackboneName, Backbone> = {
  "efficientnet-lite0": {
    name: "efficientnet-lite0",
    title: "EfficientNet-Lite0",
    architecture: describeEfficientnetLite0(),
    headDropout: 0.2,
    featureLength: 1280,
    parameters: 4_652_008,
    input: centred,
    trainedSizePx: 224,
    weights: publishedWeights["efficientnet-lite0"],
  },
  resnet18: {
    name: "resnet18",
    title: "ResNet-18",
    architecture: describeResnet18(),
    headDropout: 0,
    featureLength: 512,
    parameters: 11_689_512,
    input: imagenet,
    trainedSizePx: 224,
    weights: publishedWeights.resnet18,
  },
  mobilenetv2: {
    name: "mobilenetv2",
    title: "MobileNetV2",
    architecture: describeMobilenetv2(),
    headDropout: 0.2,
    featureLength: 1280,
    parameters: 3_504_872,
    input: imagenet,
    trainedSizePx: 224,
    weights: publishedWeights.mobilenetv2,
  },
};
