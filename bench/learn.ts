/**
 * Our side of learning.ts: a process that answers lines as peers/learn.py does, on the same folder of PNGs, random weights.
 *
 *   extract BACKBONE PRECISION COUNT         the first COUNT PNGs through the frozen backbone, from the file on
 *   study   BACKBONE PRECISION EPOCHS COUNT  features of all flips once, then COUNT heads of so many epochs
 *   tail    BACKBONE PRECISION EPOCHS        activations before the last block once, for all flips, then so many epochs
 *   all     BACKBONE float32 BATCHES         every layer, batches of 16, an epoch of so many before the clock starts
 *   heads   ROWS LENGTH EPOCHS               a head on stored vectors
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { decodeGreyPng } from "@mammoflow/imaging";
import {
  type BackboneName,
  backbones,
  createExtractor,
  decodeFloat16,
  elementCount,
  encodeFloat16,
  type Examples,
  type Extractor,
  featureExamples,
  flipVariants,
  imageExamples,
  type ImbalanceStrategy,
  loadTensorFlow,
  loadWeights,
  type StateDict,
  type TrainingSettings,
  trainingSettingsSchema,
  trainModel,
} from "@mammoflow/models";
import { peakMemoryMb } from "@mammoflow/runtime";

const sizePx = 256;
const imageBytes = sizePx * sizePx;
const batchSize = 32;
/** Those that the study published; each goes over as many rows an epoch as there are. */
const strategies: ImbalanceStrategy[] = ["sampler", "weighted-loss", "sampler+weighted-loss"];
type Precision = "float32" | "bfloat16";

interface Work {
  images: number;
  seconds: number;
}

const folder = process.argv[2] ?? "";
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".png"))
  .toSorted();
const rows = files.map((_, image) => ({ image, label: image % 10 === 0 ? (1 as const) : (0 as const) }));

async function clocked(work: () => Promise<number>): Promise<Work> {
  const start = performance.now();
  const images = await work();
  return { images, seconds: (performance.now() - start) / 1000 };
}

async function readImages(first: number): Promise<Uint8Array> {
  const names = files.slice(first, first + batchSize);
  const images = new Uint8Array(names.length * imageBytes);
  for (const [index, name] of names.entries())
    images.set((await decodeGreyPng(readFileSync(join(folder, name)), name)).pixels, index * imageBytes);
  return images;
}

let weights: { backbone: BackboneName; stateDict: StateDict } | undefined;

/**
 * Random weights, but for shifts, which trained networks have: where all are zero, TensorFlow leaves their additions out and no longer
 * sees a convolution, an addition and an activation that it computes at once. Drawn once for the turns of a backbone: nothing
 * draws any while a run learns.
 */
async function weightsOf(backbone: BackboneName): Promise<StateDict> {
  if (weights?.backbone === backbone) return weights.stateDict;
  const { stateDict } = await loadWeights(backbone, { cacheDir: "", from: "none" });
  for (const [name, { data }] of stateDict) if (/(running_mean|bias)$/.test(name)) data.fill(0.01);
  weights = { backbone, stateDict };
  return stateDict;
}

/** @returns [image, variant, feature] */
async function features(extractor: Extractor<"features">, count: number): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for (let first = 0; first < count; first += batchSize)
    parts.push((await extractor.extract(await readImages(first))).features.data);
  await extractor.close();
  const values = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    values.set(part, offset);
    offset += part.length;
  }
  return values;
}

async function extract(backbone: BackboneName, precision: Precision, count: number): Promise<Work> {
  const stateDict = await weightsOf(backbone);
  const extractor = await createExtractor({
    backbone,
    stateDict,
    sizePx,
    precision,
    flips: false,
    outputs: ["features"],
  });
  await extractor.extract(await readImages(0));
  return clocked(async () => {
    await features(extractor, count);
    return count;
  });
}

/** As `mammoflow submit` trains: no validation rows, which the peer has none of either. */
async function train(
  backbone: BackboneName,
  settings: Partial<TrainingSettings>,
  examples: Examples,
  images = rows,
): Promise<void> {
  await trainModel(
    {
      backbone,
      weights: await weightsOf(backbone),
      settings: trainingSettingsSchema.parse(settings),
      examples,
      training: images,
      validation: [],
    },
    { areaUnderRoc: () => null },
  );
}

async function study(backbone: BackboneName, precision: Precision, epochs: number, count: number): Promise<Work> {
  const { featureLength } = backbones[backbone];
  const stateDict = await weightsOf(backbone);
  return clocked(async () => {
    const outputs = ["features"] as const;
    const extractor = await createExtractor({ backbone, stateDict, sizePx, precision, flips: true, outputs });
    const values = await features(extractor, files.length);
    const examples = featureExamples({ imageIds: files, variants: [...flipVariants], featureLength, values });
    for (const strategy of strategies.slice(0, count)) await train(backbone, { epochs, strategy }, examples);
    return count * epochs * files.length;
  });
}

async function tail(backbone: BackboneName, precision: Precision, epochs: number): Promise<Work> {
  const { layers, lastBlock } = backbones[backbone].architecture;
  const cut = layers.find(({ name }) => name === lastBlock)?.input ?? "";
  const stateDict = await weightsOf(backbone);
  return clocked(async () => {
    const extractor = await createExtractor({ backbone, stateDict, sizePx, precision, flips: true, outputs: [cut] });
    const kept = new Map<string, Uint16Array>();
    let shape: number[] = [];
    for (let first = 0; first < files.length; first += batchSize) {
      const { [cut]: activations = { shape: [], data: new Float32Array() } } = await extractor.extract(
        await readImages(first),
      );
      const { data } = activations;
      shape = activations.shape.slice(2);
      const length = elementCount(shape);
      for (let row = 0; row * length < data.length; row++)
        kept.set(
          `${first + Math.floor(row / flipVariants.length)} ${flipVariants[row % flipVariants.length]}`,
          encodeFloat16(data.subarray(row * length, (row + 1) * length)),
        );
    }
    await extractor.close();
    const examples: Examples = {
      shape,
      imageIds: files,
      variants: flipVariants,
      read: (image, variant, target) => decodeFloat16(kept.get(`${image} ${variant}`) ?? new Uint16Array(), target),
    };
    await train(backbone, { part: "last-block", epochs }, examples);
    return epochs * files.length;
  });
}

async function everyLayer(backbone: BackboneName, batches: number): Promise<Work> {
  const pixels = await readImages(0);
  const examples = imageExamples(files, sizePx, (image) =>
    pixels.subarray((image % batchSize) * imageBytes).subarray(0, imageBytes),
  );
  let start = 0;
  const images = rows.slice(0, 16 * batches);
  const settings = trainingSettingsSchema.parse({ part: "all", strategy: "none", batchSize: 16, epochs: 2 });
  await trainModel(
    { backbone, weights: await weightsOf(backbone), settings, examples, training: images, validation: [] },
    { areaUnderRoc: () => null, onEpoch: ({ epoch }) => void (start = epoch === 1 ? performance.now() : start) },
  );
  return { images: images.length, seconds: (performance.now() - start) / 1000 };
}

async function heads(count: number, featureLength: number, epochs: number): Promise<Work> {
  const values = Float32Array.from({ length: count * featureLength }, (_, index) => Math.sin(index * 12.9898) * 0.5);
  const imageIds = Array.from({ length: count }, (_, image) => String(image));
  const examples = featureExamples({ imageIds, variants: ["none"], featureLength, values });
  const training = imageIds.map((_, image) => ({ image, label: image % 10 === 0 ? (1 as const) : (0 as const) }));
  return clocked(async () => {
    await train("resnet18", { epochs, flipProbability: 0 }, examples, training);
    return count * epochs;
  });
}

async function answer([what, first = "", second = "", ...counts]: string[]): Promise<Work> {
  // The lines are learning.ts's.
  const [backbone, precision] = [first as BackboneName, second as Precision];
  const [count = 0, more = 1] = counts.map(Number);
  if (what === "extract") return extract(backbone, precision, count);
  if (what === "study") return study(backbone, precision, count, more);
  if (what === "tail") return tail(backbone, precision, count);
  if (what === "all") return everyLayer(backbone, count);
  return heads(Number(first), Number(second), count);
}

await loadTensorFlow();
console.log("{}");
for await (const line of createInterface({ input: process.stdin })) {
  const work = await answer(line.split(" "));
  console.log(JSON.stringify({ ...work, peakMb: peakMemoryMb() }));
}
