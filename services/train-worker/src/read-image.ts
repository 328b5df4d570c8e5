import { decodeGreyPng } from "@mammoflow/imaging";
import { present, type ManifestLine } from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";

/**
 * A prepared image of a run, out of the store: uint8 [size, size].
 *
 * @param expectedPx the side that all of the run's images must have, where one is known
 * @throws AppError `OBJECT_MISSING`, `IMAGE_PNG`, `IMAGE_SIZE`
 */
export async function readImage(
  store: ObjectStore,
  { address }: Pick<ManifestLine, "address">,
  runId: string,
  expectedPx?: number,
): Promise<{ pixels: Uint8Array; sizePx: number }> {
  const image = await decodeGreyPng(present(await store.get(address), address, runId).bytes, address);
  if (expectedPx === undefined || image.sizePx === expectedPx) return image;
  throw new AppError({
    code: "IMAGE_SIZE",
    message: `${address} is ${image.sizePx} px wide, others of its run are ${expectedPx}: resume the run with one recipe.`,
  });
}
