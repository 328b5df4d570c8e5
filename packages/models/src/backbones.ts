import { describeEfficientnetLite0 } from "./architectures/efficientnet-lite0.ts";
import type { Architecture } from "./architectures/layers.ts";
import { describeMobilenetv2 } from "./architectures/mobilenetv2.ts";
import { describeResnet18 } from "./architectures/resnet18.ts";
import { describeResnet50 } from "./architectures/resnet50.ts";
import { describeVgg16 } from "./architectures/vgg16.ts";
import type { BackboneName } from "./backbone-names.ts";
import { publishedWeights, type PublishedWeights } from "./weights/published-weights.ts";

/** What a network expects of its three channels: (value / 255 - mean) / deviation, in the order of the channels. */
export interface InputNormalisation {
  /** Order in which it was trained to take colours; grey images, equal in all three, are the same in either. */
  channelOrder: "RGB" | "BGR";
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
const imagenet: InputNormalisation = {
  channelOrder: "RGB",
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
};
/** EfficientNet-Lite was trained on (value - 127) / 128. */
const centred: InputNormalisation = {
  channelOrder: "RGB",
  mean: [127 / 255, 127 / 255, 127 / 255],
  deviation: [128 / 255, 128 / 255, 128 / 255],
};
/** RadImageNet was trained on (value - 127.5) x 2 / 255 of images that OpenCV read. */
const radimagenet: InputNormalisation = { channelOrder: "BGR", mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };

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
  vgg16: {
    name: "vgg16",
    title: "VGG-16",
    architecture: describeVgg16(),
    headDropout: 0.5,
    featureLength: 4096,
    parameters: 138_357_544,
    input: imagenet,
    trainedSizePx: 224,
    weights: publishedWeights.vgg16,
  },
  resnet50: {
    name: "resnet50",
    title: "ResNet-50",
    architecture: describeResnet50(),
    headDropout: 0,
    featureLength: 2048,
    parameters: 25_557_032,
    input: imagenet,
    trainedSizePx: 224,
    weights: publishedWeights.resnet50,
  },
  "radimagenet-resnet50": {
    name: "radimagenet-resnet50",
    title: "ResNet-50 (RadImageNet)",
    architecture: describeResnet50(),
    headDropout: 0,
    featureLength: 2048,
    parameters: 25_557_032,
    input: radimagenet,
    trainedSizePx: 224,
    weights: publishedWeights["radimagenet-resnet50"],
  },
};
