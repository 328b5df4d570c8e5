/** One named number about an image. */
export interface ImageFeature {
  name: string;
  /** As it stands in a sentence. */
  title: string;
  /** Empty for a pure number. */
  unit: string;
  /** How it is computed, in a sentence. */
  meaning: string;
}

/** Pixels of the prepared image between the two grey levels that are compared. */
export const textureDistances = [1, 2, 4] as const;
/** Sizes of bright spots: the Gaussian's standard deviation in pixels. */
export const spotSizes = [1, 2, 4] as const;

const levels = "grey levels";

/**
 * All features, in the order of the columns. Grey levels are those of the prepared image, 0..255. "The tissue" is the breast
 * without a rim of 2 % of the image's longer side along the skin.
 */
export const imageFeatures: readonly ImageFeature[] = [
  {
    name: "breast-area",
    title: "breast area",
    unit: "cm²",
    meaning: "Area of the breast's projection; not known where the header gives no pixel spacing.",
  },
  {
    name: "breast-area-pixels",
    title: "breast area in the original image",
    unit: "megapixels",
    meaning: "The same in pixels of the original image, whatever their spacing.",
  },
  {
    name: "dense-share",
    title: "share of dense tissue",
    unit: "%",
    meaning: "Part of the tissue brighter than Otsu's threshold between its dark and its bright pixels.",
  },
  {
    name: "dense-contrast",
    title: "contrast of dense tissue to fat",
    unit: levels,
    meaning: "Mean of the tissue above that threshold, less the mean of the rest.",
  },
  { name: "brightness-mean", title: "mean brightness", unit: levels, meaning: "Mean grey level of the tissue." },
  {
    name: "brightness-deviation",
    title: "spread of brightness",
    unit: levels,
    meaning: "Standard deviation of the tissue's grey levels.",
  },
  {
    name: "brightness-skewness",
    title: "skewness of brightness",
    unit: "",
    meaning: "Third standardised moment: above 0 where few pixels are much brighter than the others.",
  },
  {
    name: "brightness-entropy",
    title: "entropy of brightness",
    unit: "bits",
    meaning: "Shannon entropy of the histogram of the tissue's 256 grey levels.",
  },
  ...textureDistances.flatMap((distance) => {
    const at = `at a distance of ${distance} pixel${distance === 1 ? "" : "s"}`;
    const pairs = `pairs of pixels of the tissue, ${at} in four directions, in 32 grey levels (Haralick 1973)`;
    return [
      {
        name: `texture-contrast-${distance}`,
        title: `texture contrast ${at}`,
        unit: "",
        meaning: `Mean squared difference in ${pairs}.`,
      },
      {
        name: `texture-homogeneity-${distance}`,
        title: `texture homogeneity ${at}`,
        unit: "",
        meaning: `Mean of 1 / (1 + squared difference) in ${pairs}; 1 in a flat image.`,
      },
      {
        name: `texture-energy-${distance}`,
        title: `texture energy ${at}`,
        unit: "",
        meaning: `Root of the summed squares of how often each combination occurs in ${pairs}; 1 in a flat image.`,
      },
      {
        name: `texture-correlation-${distance}`,
        title: `texture correlation ${at}`,
        unit: "",
        meaning: `Correlation of the two levels in ${pairs}.`,
      },
    ];
  }),
  ...spotSizes.flatMap((size) => [
    {
      name: `spot-count-${size}`,
      title: `bright spots of size ${size}`,
      unit: "",
      meaning: `Local maxima of the difference of two Gaussian blurs (${size} and ${2 * size} pixels) above 12 grey levels.`,
    },
    {
      name: `spot-contrast-${size}`,
      title: `contrast of the strongest bright spot of size ${size}`,
      unit: levels,
      meaning: `Largest value of that difference in the tissue.`,
    },
  ]),
  {
    name: "edge-share",
    title: "share of edges",
    unit: "%",
    meaning: "Part of the tissue where brightness changes by more than 16 grey levels a pixel (Sobel).",
  },
  {
    name: "asymmetry-area",
    title: "breast area compared with the other breast",
    unit: "%",
    meaning: "Difference of the two areas as part of their mean; above 0 where this breast is larger.",
  },
  {
    name: "asymmetry-density",
    title: "share of dense tissue compared with the other breast",
    unit: "percentage points",
    meaning: "Above 0 where this breast is denser.",
  },
  {
    name: "asymmetry-brightness",
    title: "mean brightness compared with the other breast",
    unit: levels,
    meaning: "Above 0 where this breast is brighter.",
  },
  {
    name: "asymmetry-texture",
    title: "texture contrast compared with the other breast",
    unit: "",
    meaning: "Difference of the texture contrast at 2 pixels; above 0 where this breast is coarser.",
  },
  {
    name: "asymmetry-pattern",
    title: "difference in pattern from the other breast",
    unit: levels,
    meaning:
      "Mean difference, without sign, of the cells of a 12 x 12 grid over each breast, mirrored, each less its breast's mean.",
  },
  {
    name: "asymmetry-brightest",
    title: "brightest place compared with the other breast",
    unit: levels,
    meaning: "The most by which a cell of that grid is brighter than its counterpart.",
  },
];
