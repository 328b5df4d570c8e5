import { createHash } from "node:crypto";
import { imageFeatures, measureImageFeatures, type MeasurableImage } from "@mammoflow/imaging";
import { imageFeaturesName, type ManifestLine } from "@mammoflow/jobs";
import { writeFeatures } from "@mammoflow/models";
import type { ObjectStore } from "@mammoflow/storage";
import { readImage } from "./read-image.ts";
import type { Shard, Taking } from "./taking.ts";

/** Raise it when the measuring gives other numbers. */
const version = 1;

/** Named numbers that are measured in the images of a shard; a breast is compared with the other one of its study, which may lie in another shard. */
export function measuring({ config, manifest, images }: Shard, store: ObjectStore): Taking {
  const studies = new Map<string, ManifestLine[]>(images.map(({ studyId }) => [studyId, []]));
  for (const line of manifest) studies.get(line.studyId)?.push(line);
  const names = imageFeatures.map(({ name }) => name);
  return {
    weights: {
      title: "Measured image features",
      source: "nothing was learnt before: the numbers are measured in the image",
      licence: "none",
      sha256: createHash("sha256")
        .update([version, ...names].join("\n"))
        .digest("hex"),
    },
    inputs: [
      imageFeaturesName,
      String(version),
      ...names,
      ...images.map(({ imageId }) => imageId),
      ...[...studies.values()]
        .flat()
        .map(
          (line) =>
            `${line.imageId} ${line.pngSha256} ${JSON.stringify([line.geometry, line.pixelSpacingMm, line.laterality, line.viewPosition])}`,
        ),
    ],
    async take(progress) {
      const width = imageFeatures.length;
      const values = new Float32Array(images.length * width);
      const placeOf = new Map(images.map((line, place) => [line, place]));
      let done = 0;
      for (const study of studies.values()) {
        const pictures = await Promise.all(study.map((line) => readPicture(store, line, config.runId)));
        const table = measureImageFeatures(pictures);
        for (const [index, line] of study.entries()) {
          const place = placeOf.get(line);
          if (place === undefined) continue;
          values.set(table.values.subarray(index * width, (index + 1) * width), place * width);
          done++;
        }
        progress({ done, total: images.length });
      }
      const imageIds = images.map(({ imageId }) => imageId);
      return writeFeatures(
        { imageIds, variants: ["none"], featureLength: width, values },
        { backbone: imageFeaturesName, features: JSON.stringify(names) },
      );
    },
  };
}

async function readPicture(store: ObjectStore, line: ManifestLine, runId: string): Promise<MeasurableImage> {
  const { geometry, laterality, viewPosition, pixelSpacingMm } = line;
  const { pixels, sizePx } = await readImage(store, line, runId);
  return {
    pixels,
    widthPx: sizePx,
    heightPx: sizePx,
    geometry,
    laterality,
    viewPosition,
    ...(pixelSpacingMm && { pixelSpacingMm }),
  };
}
