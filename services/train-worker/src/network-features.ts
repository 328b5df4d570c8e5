import { present, type ExtractKind, type ManifestLine, type WeightsFacts } from "@mammoflow/jobs";
import {
  createExtractor,
  cutOf,
  encodeFloat16,
  flipImage,
  flipVariants,
  graphVersion,
  loadWeights,
  writeActivations,
  writeFeatures,
  type Activations,
  type Backbone,
  type Extractor,
  type Features,
  type FlipVariant,
  type WeightsSource,
} from "@mammoflow/models";
import type { ObjectStore } from "@mammoflow/storage";
import { backboneOf } from "./experiment-inputs.ts";
import { keepLast } from "./keep-last.ts";
import { readImage } from "./read-image.ts";
import type { Shard, Taking } from "./taking.ts";

const batchSize = 16;

interface NetworkTask {
  backbone: string;
  kind: ExtractKind;
  shard: Shard;
  store: ObjectStore;
  cacheDir: string;
}

export interface NetworkTaker {
  /** @throws ModelsError WEIGHTS_MISSING: never silent random weights */
  prepare(task: NetworkTask): Promise<Taking>;
}

/** Sends images through frozen backbones; keeps the last network loaded, because the next shard mostly wants the same. */
export function createNetworkTaker(): NetworkTaker {
  const extractors = keepLast<Extractor>((extractor) => extractor.close());
  return {
    async prepare({ backbone: name, kind, shard, store, cacheDir }) {
      const backbone = backboneOf(name);
      const { config, images } = shard;
      const { runId, precision, featureType } = config;
      const from = config.weights === "pretrained" ? undefined : config.weights;
      const { stateDict, source } = await loadWeights(backbone.name, { cacheDir, from });
      const weights = weightsFacts(backbone, source);
      return {
        weights,
        inputs: [
          name,
          weights.sha256,
          String(graphVersion),
          kind,
          precision,
          ...(kind === "features" ? [featureType] : []),
          "none,h,v,hv",
          ...images.map(({ imageId, pngSha256 }) => `${imageId} ${pngSha256}`),
        ],
        async take(progress) {
          const { sizePx } = await readImage(store, present(images[0], "the first image of a shard", runId), runId);
          const cut = kind === "activations" ? cutOf(backbone.architecture) : undefined;
          const key = [name, weights.sha256, sizePx, precision, kind].join(" ");
          const extractor = await extractors(key, () => {
            const common = { backbone: backbone.name, stateDict, sizePx, precision };
            return createExtractor(
              cut === undefined ? { ...common, flips: true } : { ...common, flips: false, stages: [cut] },
            );
          });
          const notes = { backbone: name, weights: weights.sha256, graph: String(graphVersion), precision };
          const imageIds = images.map(({ imageId }) => imageId);
          const batches = batchesOf(store, images, sizePx, runId, progress);
          return cut === undefined
            ? writeFeatures(
                { imageIds, ...(await takeFeatures(extractor, images.length, batches)) },
                notes,
                featureType,
              )
            : writeActivations({ imageIds, ...(await takeActivations(extractor, cut, images.length, batches)) }, notes);
        },
      };
    },
  };
}

interface Batch {
  /** Place of the first image in the shard. */
  start: number;
  count: number;
  /** uint8 [count, size, size] */
  pixels: Uint8Array;
  sizePx: number;
}

async function* batchesOf(
  store: ObjectStore,
  images: ManifestLine[],
  sizePx: number,
  runId: string,
  progress: (body: object) => void,
): AsyncGenerator<Batch> {
  for (let start = 0; start < images.length; start += batchSize) {
    const batch = images.slice(start, start + batchSize);
    yield { start, count: batch.length, pixels: await readBatch(store, batch, sizePx, runId), sizePx };
    progress({ done: start + batch.length, total: images.length });
  }
}

/** All flips of a batch go through the network at once. */
async function takeFeatures(
  extractor: Extractor,
  images: number,
  batches: AsyncIterable<Batch>,
): Promise<Omit<Features, "imageIds">> {
  const { featureLength } = extractor;
  const variants = [...extractor.variants];
  const rowLength = variants.length * featureLength;
  const values = new Float32Array(images * rowLength);
  for await (const { start, pixels } of batches) values.set(await extractor.extract(pixels), start * rowLength);
  return { variants, featureLength, values };
}

async function takeActivations(
  extractor: Extractor,
  cut: string,
  images: number,
  batches: AsyncIterable<Batch>,
): Promise<Omit<Activations, "imageIds">> {
  const variants = [...flipVariants];
  let taken: { shape: number[]; length: number; halves: Uint16Array } | undefined;
  for await (const batch of batches)
    for (const [place, variant] of variants.entries()) {
      const { stages } = await extractor.run(flipped(batch, variant));
      const { shape, data } = stages.get(cut) ?? { shape: [], data: new Float32Array() };
      const length = data.length / batch.count;
      taken ??= { shape: shape.slice(1), length, halves: new Uint16Array(images * variants.length * length) };
      for (let image = 0; image < batch.count; image++)
        taken.halves.set(
          encodeFloat16(data.subarray(image * length, (image + 1) * length)),
          ((batch.start + image) * variants.length + place) * length,
        );
    }
  return { variants, shape: taken?.shape ?? [], halves: taken?.halves ?? new Uint16Array() };
}

function flipped({ pixels, count, sizePx }: Batch, variant: FlipVariant): Uint8Array {
  if (variant === "none") return pixels;
  const turned = new Uint8Array(pixels.length);
  const area = sizePx * sizePx;
  for (let at = 0; at < count * area; at += area)
    flipImage(pixels.subarray(at, at + area), sizePx, variant, turned.subarray(at, at + area));
  return turned;
}

function weightsFacts({ title }: Backbone, source: WeightsSource): WeightsFacts {
  switch (source.kind) {
    case "published":
      return { title, source: source.title, licence: source.licence, sha256: source.sha256 };
    case "file":
      return { title, source: `the file ${source.fileName}`, licence: "as its owner says", sha256: source.sha256 };
    case "random":
      return { title, source: "RANDOM weights, not pre-trained", licence: "none", sha256: `random-${source.seed}` };
  }
}

async function readBatch(
  store: ObjectStore,
  batch: ManifestLine[],
  sizePx: number,
  runId: string,
): Promise<Uint8Array> {
  const area = sizePx * sizePx;
  const bytes = new Uint8Array(batch.length * area);
  await Promise.all(
    batch.map(async (line, index) => bytes.set((await readImage(store, line, runId, sizePx)).pixels, index * area)),
  );
  return bytes;
}
