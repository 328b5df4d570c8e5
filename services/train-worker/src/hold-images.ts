import { present, type ManifestLine } from "@mammoflow/jobs";
import type { ExperimentInputs } from "./experiment-inputs.ts";
import { readImage } from "./read-image.ts";

export interface HeldImages {
  imageIds: string[];
  /** Side of the square images. */
  sizePx: number;
  /** One image by its place in the manifest: uint8 [size, size]. */
  read(image: number): Promise<Uint8Array>;
}

/** Images decoded at once. */
const batch = 32;

/**
 * Every image of a run, decoded once and kept as bytes, as long as they fit; the others are decoded each time they are asked for.
 *
 * @throws AppError `IMAGE_SIZE` when the images differ in size
 */
export async function holdImages(
  { store, manifest, config: { runId } }: Pick<ExperimentInputs, "store" | "manifest" | "config">,
  limitBytes: number,
): Promise<HeldImages> {
  const lineOf = (image: number): ManifestLine => present(manifest[image], `image ${image} of the manifest`, runId);
  const { sizePx } = await readImage(store, lineOf(0), runId);
  const area = sizePx * sizePx;
  const decode = async (image: number): Promise<Uint8Array> =>
    (await readImage(store, lineOf(image), runId, sizePx)).pixels;
  const count = Math.min(manifest.length, Math.floor(limitBytes / area));
  const held = new Uint8Array(count * area);
  for (let start = 0; start < count; start += batch)
    await Promise.all(
      Array.from({ length: Math.min(batch, count - start) }, async (_, offset) =>
        held.set(await decode(start + offset), (start + offset) * area),
      ),
    );
  return {
    imageIds: manifest.map(({ imageId }) => imageId),
    sizePx,
    read: async (image) => (image < count ? held.subarray(image * area, (image + 1) * area) : decode(image)),
  };
}
