import { z } from "zod";
import { encodeFloat16 } from "./formats/float16.ts";
import { readSafetensors, writeRawSafetensors } from "./formats/safetensors.ts";
import { ModelsError } from "./models-error.ts";
import { elementCount } from "./state-dict.ts";

/** How an image was turned before it went through the backbone: not at all, left-right, upside down, both. */
export const flipVariants = ["none", "h", "v", "hv"] as const;
export type FlipVariant = (typeof flipVariants)[number];

/** What a frozen backbone says about images: one row of numbers per image and flip variant. */
export interface Features {
  imageIds: string[];
  variants: FlipVariant[];
  featureLength: number;
  /** [image, variant, feature], row-major. */
  values: Float32Array;
}

/** Features as they were stored, with what the writer noted about them (weights, recipe, graph version). */
export interface StoredFeatures extends Features {
  metadata: Record<string, string>;
}

/** In which numbers features are stored. float16 takes half the space, rounds to 11 bits and ends at 65,504. */
export const featureTypes = ["float32", "float16"] as const;
export type FeatureType = (typeof featureTypes)[number];

const tensorName = "features";
const imageIdsSchema = z.array(z.string());
const variantsSchema = z.array(z.enum(flipVariants));

/**
 * Features as one safetensors file, readable from Python too: the tensor `features` of shape [image, variant, feature], with
 * `image_ids` and `variants` as JSON lists in the metadata. The same features give the same bytes.
 *
 * @param metadata further notes, kept beside them
 * @throws ModelsError FEATURES_INVALID when the numbers are not as many as images, variants and features say
 */
export function writeFeatures(
  features: Features,
  metadata: Record<string, string> = {},
  type: FeatureType = "float32",
): Uint8Array {
  const { imageIds, variants, featureLength, values } = features;
  const shape = [imageIds.length, variants.length, featureLength];
  if (elementCount(shape) !== values.length)
    throw new ModelsError({
      code: "FEATURES_INVALID",
      message: `${values.length} numbers are not the features of ${imageIds.length} images in ${variants.length} variants of ${featureLength}.`,
    });
  const stored = type === "float16" ? encodeFloat16(values) : values;
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  return writeRawSafetensors(new Map([[tensorName, { dtype: type === "float16" ? "F16" : "F32", shape, bytes }]]), {
    ...metadata,
    image_ids: JSON.stringify(imageIds),
    variants: JSON.stringify(variants),
  });
}

/**
 * Reads what `writeFeatures` wrote; float16 becomes single precision exactly.
 *
 * @throws ModelsError FEATURES_INVALID (or SAFETENSORS_INVALID) when the file is something else
 */
export function readFeatures(bytes: Uint8Array, source = "the feature file"): StoredFeatures {
  const { tensors, metadata } = readSafetensors(bytes, source);
  const { image_ids: imageIdsJson, variants: variantsJson, ...rest } = metadata;
  const tensor = tensors.get(tensorName);
  const imageIds = imageIdsSchema.safeParse(parseJson(imageIdsJson));
  const variants = variantsSchema.safeParse(parseJson(variantsJson));
  const featureLength = tensor?.shape[2];
  if (
    tensor === undefined ||
    featureLength === undefined ||
    tensor.shape.length !== 3 ||
    !imageIds.success ||
    !variants.success ||
    tensor.shape[0] !== imageIds.data.length ||
    tensor.shape[1] !== variants.data.length
  ) {
    throw new ModelsError({
      code: "FEATURES_INVALID",
      message: `${source} holds no features of images: its tensor, image ids and flip variants do not fit. Remove it and extract the features again.`,
    });
  }
  return { imageIds: imageIds.data, variants: variants.data, featureLength, values: tensor.data, metadata: rest };
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
