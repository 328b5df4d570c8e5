/** One row of the study's published table; shares, without intervals, because none were published. */
export interface PublishedRow {
  /** The backbone's name as this project writes it. */
  backbone: string;
  title: string;
  weights: string;
  strategy: string;
  accuracy: number;
  precision: number;
  recall: number;
  f1: number;
}

export interface PublishedTable {
  rows: PublishedRow[];
  /** What the trivial rules reach on the study's own rows. */
  baseline: { alwaysBenignAccuracy: number; alwaysMalignantF1: number };
  remark: string;
}

/**
 * The table that the study published which this project carries on, with the trivial rules on its own rows.
 *
 * Its rows are not this project's rows: the number of its batches (513 of 32) and the prevalence that its four rows imply
 * (11.4 to 12.0 % malignant) fit one row per finding, so that an image with several findings counts several times, and
 * not one row per image (9.6 %). That is inferred from the published numbers, not confirmed by the study.
 */
export const studyPublished: PublishedTable = {
  rows: [
    {
      backbone: "vgg16",
      title: "VGG-16",
      weights: "ImageNet",
      strategy: "sampler",
      accuracy: 0.3944,
      precision: 0.1264,
      recall: 0.7098,
      f1: 0.2146,
    },
    {
      backbone: "resnet18",
      title: "ResNet-18",
      weights: "ImageNet",
      strategy: "sampler+weighted-loss",
      accuracy: 0.6589,
      precision: 0.1866,
      recall: 0.5699,
      f1: 0.2812,
    },
    {
      backbone: "mobilenetv2",
      title: "MobileNetV2",
      weights: "ImageNet",
      strategy: "sampler",
      accuracy: 0.7766,
      precision: 0.2632,
      recall: 0.4781,
      f1: 0.3395,
    },
    {
      backbone: "resnet50",
      title: "ResNet-50",
      weights: "RadImageNet",
      strategy: "sampler",
      accuracy: 0.6872,
      precision: 0.1722,
      recall: 0.4551,
      f1: 0.2499,
    },
  ],
  baseline: { alwaysBenignAccuracy: 0.88, alwaysMalignantF1: 0.21 },
  remark:
    "The study's rows are other rows: probably one per finding rather than one per image, with about 11.7 % malignant (inferred from its numbers). " +
    "Compare each published row with the study's own baseline, not with this run's: there, always malignant has an F1 of about 0.21 and always benign an accuracy of about 0.88. " +
    "It published no intervals and no AUC.",
};
