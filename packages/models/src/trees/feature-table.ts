/** What one number about an image is. */
export interface FeatureFacts {
  /** `dense-share` */
  name: string;
  /** In plain words, as it stands in a sentence: `share of dense tissue`. */
  title: string;
  /** `%`, `cm²`; empty for a pure number. */
  unit: string;
}

/** Named numbers about images, as `measureImageFeatures` of the imaging package gives them. */
export interface FeatureTable {
  features: readonly FeatureFacts[];
  /** [image, feature], row-major; NaN where a number is not known. */
  values: Float32Array;
}

/** The rows of a table that belong to the images, one after the other. */
export function valuesOf({ features, values }: FeatureTable, images: ArrayLike<number>): Float32Array {
  const width = features.length;
  const chosen = new Float32Array(images.length * width);
  for (let row = 0; row < images.length; row++) {
    const start = (images[row] ?? 0) * width;
    chosen.set(values.subarray(start, start + width), row * width);
  }
  return chosen;
}
