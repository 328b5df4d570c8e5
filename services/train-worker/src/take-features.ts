import { createHash } from "node:crypto";
import {
  manifestLineSchema,
  objectNames,
  present,
  readLines,
  readRunConfig,
  type ManifestLine,
  type WeightsFacts,
} from "@mammoflow/jobs";
import {
  backbones,
  createExtractor,
  graphVersion,
  isBackboneName,
  loadWeights,
  writeFeatures,
  type BackboneName,
  type Extractor,
  type WeightsSource,
} from "@mammoflow/models";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { putFirst } from "./put-first.ts";
import { decodeGreyPng } from "@mammoflow/imaging";

const batchSize = 16;

interface TakeRequest {
  cacheDir: string;
  runId: string;
  backbone: string;
  shard: number;
}

interface TakeAnswer {
  done: "now" | "before";
  address: string;
  weights: WeightsFacts;
  images: number;
}

export interface FeatureTaker {
  take(request: TakeRequest, store: ObjectStore, progress: (body: object) => void): Promise<TakeAnswer>;
}

interface Loaded {
  key: string;
  extractor: Extractor;
}

/** Takes features; keeps the last network loaded, because the next shard mostly wants the same. */
export function createFeatureTaker(): FeatureTaker {
  let loaded: Loaded | undefined;
  return {
    async take({ cacheDir, runId, backbone, shard }, store, progress) {
      if (!isBackboneName(backbone))
        throw new AppError({
          code: "BACKBONE_UNKNOWN",
          message: `This worker knows no backbone ${backbone}: update it, or choose one of ${Object.keys(backbones).join(", ")}.`,
        });
      const config = await readRunConfig(store, runId);
      const name = objectNames.manifest(runId);
      const manifest = present(await readLines(store, name, manifestLineSchema), name, runId);
      const images = manifest.slice(shard * config.featureShardImages, (shard + 1) * config.featureShardImages);
      const { stateDict, source } = await loadWeights(backbone, {
        cacheDir,
        from: config.weights === "pretrained" ? undefined : config.weights,
      });
      const weights = weightsFacts(backbone, source);
      const address = objectNames.featureCache(featureHash(images, backbone, weights));
      const answer = { address, weights, images: images.length };
      if (await store.exists(address)) return { ...answer, done: "before" };

      const first = await readImage(store, images[0], runId);
      const key = `${backbone} ${weights.sha256} ${first.sizePx}`;
      if (loaded?.key !== key) {
        await loaded?.extractor.close();
        loaded = { key, extractor: await createExtractor({ backbone, stateDict, sizePx: first.sizePx, flips: true }) };
      }
      const { extractor } = loaded;
      const rowLength = extractor.variants.length * extractor.featureLength;
      const values = new Float32Array(images.length * rowLength);
      for (let start = 0; start < images.length; start += batchSize) {
        const batch = images.slice(start, start + batchSize);
        values.set(await extractor.extract(await readBatch(store, batch, first.sizePx, runId)), start * rowLength);
        progress({ done: start + batch.length, total: images.length });
      }
      const bytes = writeFeatures(
        {
          imageIds: images.map(({ imageId }) => imageId),
          variants: [...extractor.variants],
          featureLength: extractor.featureLength,
          values,
        },
        { backbone, weights: weights.sha256, graph: String(graphVersion) },
      );
      return { ...answer, done: await putFirst(store, address, bytes) };
    },
  };
}

/** Everything that the features are a function of. */
function featureHash(images: ManifestLine[], backbone: BackboneName, weights: WeightsFacts): string {
  const inputs = [
    backbone,
    weights.sha256,
    graphVersion,
    "float32",
    "none,h,v,hv",
    ...images.map(({ imageId, pngSha256 }) => `${imageId} ${pngSha256}`),
  ];
  return createHash("sha256").update(inputs.join("\n")).digest("hex");
}

function weightsFacts(backbone: BackboneName, source: WeightsSource): WeightsFacts {
  const { title } = backbones[backbone];
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
    batch.map(async (line, index) => {
      const image = await readImage(store, line, runId);
      if (image.sizePx !== sizePx)
        throw new AppError({
          code: "IMAGE_SIZE",
          message: `${line.address} is ${image.sizePx} px wide, others of its run are ${sizePx}: resume the run with one recipe.`,
        });
      bytes.set(image.pixels, index * area);
    }),
  );
  return bytes;
}

async function readImage(
  store: ObjectStore,
  line: ManifestLine | undefined,
  runId: string,
): Promise<{ pixels: Uint8Array; sizePx: number }> {
  const { address } = present(line, "the first image of a feature shard", runId);
  return decodeGreyPng(present(await store.get(address), address, runId).bytes, address);
}
