import { decodeGreyPng } from "@mammoflow/imaging";
import { present } from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import type { ExperimentInputs } from "./experiment-inputs.ts";

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
  const decode = async (image: number): Promise<{ pixels: Uint8Array; sizePx: number }> => {
    const { address } = present(manifest[image], `image ${image} of the manifest`, runId);
    return decodeGreyPng(present(await store.get(address), address, runId).bytes, address);
  };
  const { sizePx } = await decode(0);
  const area = sizePx * sizePx;
  const decodeOfSize = async (image: number): Promise<Uint8Array> => {
    const decoded = await decode(image);
    if (decoded.sizePx === sizePx) return decoded.pixels;
    throw new AppError({
      code: "IMAGE_SIZE",
      message: `${manifest[image]?.address} is ${decoded.sizePx} px wide, others of its run are ${sizePx}: resume the run with one recipe.`,
    });
  };
  const count = Math.min(manifest.length, Math.floor(limitBytes / area));
  const held = new Uint8Array(count * area);
  for (let start = 0; start < count; start += batch)
    await Promise.all(
      Array.from({ length: Math.min(batch, count - start) }, async (_, offset) =>
        held.set(await decodeOfSize(start + offset), (start + offset) * area),
      ),
    );
  return {
    imageIds: manifest.map(({ imageId }) => imageId),
    sizePx,
    read: async (image) => (image < count ? held.subarray(image * area, (image + 1) * area) : decodeOfSize(image)),
  };
}
