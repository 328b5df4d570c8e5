import { present, type ManifestLine } from "@mammoflow/jobs";
import { readFeatures, type Features } from "@mammoflow/models";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";

/**
 * The features of all images of a run, in the manifest's order: [image, variant, feature].
 *
 * @throws AppError `FEATURES_ORDER` when the shards are not of these images
 */
export async function joinFeatures(
  store: ObjectStore,
  addresses: string[],
  manifest: ManifestLine[],
  runId: string,
): Promise<Features> {
  const parts: Features[] = [];
  for (const address of addresses)
    parts.push(readFeatures(present(await store.get(address), address, runId).bytes, address));
  const [first] = parts;
  const imageIds = parts.flatMap((part) => part.imageIds);
  if (
    !first ||
    imageIds.length !== manifest.length ||
    imageIds.some((imageId, index) => imageId !== manifest[index]?.imageId)
  )
    throw new AppError({
      code: "FEATURES_ORDER",
      message: `The features of ${runId} are not those of its manifest: \`mammoflow resume ${runId}\` takes them again.`,
    });
  const values = new Float32Array(imageIds.length * first.variants.length * first.featureLength);
  let offset = 0;
  for (const part of parts) {
    values.set(part.values, offset);
    offset += part.values.length;
  }
  return { imageIds, variants: first.variants, featureLength: first.featureLength, values };
}
