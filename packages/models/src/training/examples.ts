import { type Features, type FlipVariant, flipVariants } from "../features.ts";
import { flipImage } from "../flip-image.ts";
import { ModelsError } from "../models-error.ts";

/**
 * What a part is trained on, by image and flip: features before the classifier, activations before the last block, or images.
 * Read one at a time, so that they need not all be in memory.
 */
export interface Examples {
  /** [feature], [height, width, channel] or, of grey images, [height, width]. */
  shape: readonly number[];
  imageIds: readonly string[];
  variants: readonly FlipVariant[];
  /**
   * Writes one example, row-major, at the start of `target`; images as grey values 0..255.
   *
   * @param image index among `imageIds`
   */
  read(image: number, variant: FlipVariant, target: Float32Array): void | Promise<void>;
}

/** Cached features as examples of the part `head`. */
export function featureExamples({ imageIds, variants, featureLength, values }: Features): Examples {
  return {
    shape: [featureLength],
    imageIds,
    variants,
    read(image, variant, target) {
      const start = (image * variants.length + variants.indexOf(variant)) * featureLength;
      target.set(values.subarray(start, start + featureLength));
    },
  };
}

/**
 * Grey images as examples of the part `all`; flips are made when they are asked for.
 *
 * @param sizePx side of the square images
 * @param readImage gives one image, uint8 [size, size], from memory, a file or a store
 */
export function imageExamples(
  imageIds: readonly string[],
  sizePx: number,
  readImage: (image: number) => Uint8Array | Promise<Uint8Array>,
): Examples {
  return {
    shape: [sizePx, sizePx],
    imageIds,
    variants: flipVariants,
    async read(image, variant, target) {
      const pixels = await readImage(image);
      if (pixels.length !== sizePx * sizePx)
        throw new ModelsError({
          code: "IMAGES_MISFIT",
          message: `Image ${imageIds[image]} has ${pixels.length} pixels instead of ${sizePx} x ${sizePx}: prepare the images at one size.`,
        });
      flipImage(pixels, sizePx, variant, target);
    },
  };
}
