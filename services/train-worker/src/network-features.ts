import { present, type ExtractKind, type ManifestLine, type WeightsFacts } from "@mammoflow/jobs";
import {
  createExtractor,
  cutOf,
  elementCount,
  encodeFloat16,
  graphVersion,
  loadWeights,
  writeActivations,
  writeFeatures,
  type Backbone,
  type Extractor,
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
  const extractors = keepLast<Extractor<string>>((extractor) => extractor.close());
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
          const key = [name, weights.sha256, sizePx, precision, kind].join(" ");
          const output = kind === "activations" ? cutOf(backbone.architecture) : "features";
          const extractor = await extractors(key, () =>
            createExtractor({
              backbone: backbone.name,
              stateDict,
              sizePx,
              precision,
              flips: true,
              outputs: [output],
            }),
          );
          const notes = { backbone: name, weights: weights.sha256, graph: String(graphVersion), precision };
          const imageIds = images.map(({ imageId }) => imageId);
          const variants = [...extractor.variants];
          const readBatch = (start: number) => readImages(store, images.slice(start, start + batchSize), sizePx, runId);
          const batches = takeBatches(extractor, output, images.length, readBatch, progress);
          if (kind === "features") {
            const { featureLength } = backbone;
            const values = new Float32Array(images.length * variants.length * featureLength);
            for await (const { start, data } of batches) values.set(data, start * variants.length * featureLength);
            return writeFeatures({ imageIds, variants, featureLength, values }, notes, featureType);
          }
          let halves = new Uint16Array();
          let shape: number[] = [];
          for await (const { start, shape: found, data } of batches) {
            const length = variants.length * elementCount(found);
            if (start === 0) [shape, halves] = [found, new Uint16Array(images.length * length)];
            halves.set(encodeFloat16(data), start * length);
          }
          return writeActivations({ imageIds, variants, shape, halves }, notes);
        },
      };
    },
  };
}

interface Taken {
  /** Place of the first image in the shard. */
  start: number;
  /** An output's for one image in one variant. */
  shape: number[];
  /** [image, variant, ...shape] */
  data: Float32Array;
}

/** All flips of a batch go through the network at once; meanwhile the next batch is fetched. */
async function* takeBatches(
  extractor: Extractor<string>,
  output: string,
  images: number,
  readBatch: (start: number) => Promise<Uint8Array>,
  progress: (body: object) => void,
): AsyncGenerator<Taken> {
  let next = readBatch(0);
  for (let start = 0; start < images; start += batchSize) {
    const pixels = await next;
    const end = Math.min(images, start + batchSize);
    if (end < images) {
      next = readBatch(end);
      next.catch(() => undefined); // awaited above, unless the network fails first
    }
    const { shape, data } = present((await extractor.extract(pixels))[output], output, "a batch");
    yield { start, shape: shape.slice(2), data };
    progress({ done: end, total: images });
  }
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

/** uint8 [image, size, size] */
async function readImages(
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
