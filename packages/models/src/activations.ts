import { z } from "zod";
import { flipVariants, type FlipVariant } from "./features.ts";
import { readRawSafetensors, writeRawSafetensors } from "./formats/safetensors.ts";
import { ModelsError } from "./models-error.ts";
import { elementCount } from "./state-dict.ts";

/** What images are in front of a network's last block: large, therefore half precision. */
export interface Activations {
  imageIds: string[];
  variants: FlipVariant[];
  /** [height, width, channel] of one image and variant. */
  shape: number[];
  /** Bits of half-precision numbers, [image, variant, height, width, channel]. */
  halves: Uint16Array;
}

const tensorName = "activations";
const notesSchema = z.object({ image_ids: z.string(), variants: z.string() });
const imageIdsSchema = z.array(z.string());
const variantsSchema = z.array(z.enum(flipVariants));

/** Activations as one safetensors file of an F16 tensor `activations`, readable from Python too. */
export function writeActivations(activations: Activations, metadata: Record<string, string>): Uint8Array {
  const { imageIds, variants, shape, halves } = activations;
  const bytes = new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
  return writeRawSafetensors(
    new Map([[tensorName, { dtype: "F16", shape: [imageIds.length, variants.length, ...shape], bytes }]]),
    { ...metadata, image_ids: JSON.stringify(imageIds), variants: JSON.stringify(variants) },
  );
}

/**
 * Reads what `writeActivations` wrote.
 *
 * @throws ModelsError FEATURES_INVALID (or SAFETENSORS_INVALID) when the file is something else
 */
export function readActivations(file: Uint8Array, source: string): Activations {
  const { tensors, metadata } = readRawSafetensors(file, source);
  const tensor = tensors.get(tensorName);
  const notes = notesSchema.safeParse(metadata);
  if (!tensor || tensor.dtype !== "F16" || !notes.success)
    throw new ModelsError({
      code: "FEATURES_INVALID",
      message: `${source} holds no activations of images: remove it and resume the run, which takes them again.`,
    });
  const [images = 0, count = 0, ...shape] = tensor.shape;
  const imageIds = imageIdsSchema.parse(JSON.parse(notes.data.image_ids));
  const variants = variantsSchema.parse(JSON.parse(notes.data.variants));
  const halves = new Uint16Array(new Uint8Array(tensor.bytes).buffer, 0, elementCount([images, count, ...shape])); // a copy: aligned, and not a view of the whole file
  return { imageIds, variants, shape, halves };
}
