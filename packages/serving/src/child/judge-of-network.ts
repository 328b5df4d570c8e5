import {
  backbones,
  classifierOf,
  createExplainer,
  createExtractor,
  createPredictor,
  cutOf,
  decodeFloat16,
  encodeFloat16,
  featureExamples,
  imageExamples,
  isBackboneName,
  loadTensorFlow,
  loadWeights,
  pooledRow,
  predictExamples,
  readModel,
  type Examples,
  type ModelFile,
  type StateDict,
} from "@mammoflow/models";
import { AppError } from "@mammoflow/runtime";
import type { Judge, Judged } from "./judge.ts";
import type { PreparedPicture } from "./prepared-picture.ts";
import type { ChildModel } from "./serve-request.ts";

/**
 * A trained network. An image takes the very way that the run's own took: through the frozen layers in the run's number type, its
 * features or activations rounded as they were stored, then through what was trained, flip by flip.
 *
 * @param bytes of `model.safetensors`
 * @throws ModelsError WEIGHTS_MISSING, AppError `WEIGHTS_OTHER` when this machine has other weights than the run had
 */
export async function judgeOfNetwork(bytes: Uint8Array, model: ChildModel): Promise<Judge> {
  const file = readModel(bytes, model.file.name);
  const [weights] = await Promise.all([weightsOf(model), loadTensorFlow()]);
  const networks = new Map<number, Promise<Network>>();
  /** Of images of one size; the recipe gives all the same. */
  const networkOf = (sizePx: number): Promise<Network> => {
    const network = networks.get(sizePx) ?? openNetwork(bytes, file, weights, model, sizePx);
    networks.set(sizePx, network);
    return network;
  };
  const explainers = new Map<number, ReturnType<typeof createExplainer>>();
  const explainerOf = (sizePx: number): ReturnType<typeof createExplainer> => {
    const { backbone, outputs, tensors } = file;
    const explainer =
      explainers.get(sizePx) ??
      createExplainer({ backbone, outputs, sizePx, stateDict: new Map([...weights, ...tensors]) });
    explainers.set(sizePx, explainer);
    return explainer;
  };
  if (model.sizePx !== null) await networkOf(model.sizePx);
  return {
    async judge(exam) {
      const sizePx = exam[0]?.sizePx ?? 0;
      return (await networkOf(sizePx)).judge(exam.map(({ pixels }) => pixels));
    },
    async explain({ pixels, sizePx }: PreparedPicture) {
      const { backbone, outputs, tensors } = file;
      const explainer = await explainerOf(sizePx);
      const [map] = await explainer.explain(pixels, classifierOf(tensors, backbones[backbone], outputs));
      if (map === undefined) throw new RangeError("one image gives one map");
      return map;
    },
    async close() {
      for (const network of networks.values()) await (await network).close();
      for (const explainer of explainers.values()) (await explainer).close();
    },
  };
}

interface Network {
  /** @param images each uint8 [size, size] */
  judge(images: readonly Uint8Array[]): Promise<Judged[]>;
  close(): Promise<void>;
}

async function openNetwork(
  bytes: Uint8Array,
  file: ModelFile,
  weights: StateDict,
  model: ChildModel,
  sizePx: number,
): Promise<Network> {
  const { precision, testFlips } = model;
  const { backbone, part } = file;
  const flips = testFlips === "all";
  const isWhole = part === "all";
  const output = part === "last-block" ? cutOf(backbones[backbone].architecture) : "features";
  // Where every layer was trained, its own features tell odd images; they need no flips.
  const extractor =
    isWhole && model.likeness === null
      ? undefined
      : await createExtractor({
          backbone,
          stateDict: isWhole ? new Map([...weights, ...file.tensors]) : weights,
          sizePx,
          precision: isWhole ? "float32" : precision,
          flips: isWhole ? false : flips,
          outputs: [output],
          expects: "few-images",
        });
  const given = part === "head" ? new Map() : weights;
  let predictor: Awaited<ReturnType<typeof createPredictor>> | undefined;
  return {
    async judge(images) {
      const said = await extractor?.extract(concatenated(images));
      const { shape = [], data = new Float32Array() } = said?.[output] ?? {};
      const examples = isWhole
        ? imageExamples(namesOf(images), sizePx, (image) => images[image] ?? new Uint8Array())
        : examplesOf(shape, data, namesOf(images), extractor?.variants ?? [], model.featureType);
      predictor ??= await createPredictor({ model: bytes, weights: given, exampleShape: examples.shape });
      const places = images.map((_, place) => place);
      const probabilities = await predictExamples(predictor, examples, places, testFlips);
      const rows = rowsOf(shape, data, images.length);
      return Array.from(probabilities, (probability, image) => ({
        probability,
        row: rows[image] ?? new Float32Array(),
      }));
    },
    async close() {
      await extractor?.close();
      predictor?.close();
    },
  };
}

const namesOf = (images: readonly Uint8Array[]): string[] => images.map((_, place) => String(place));

/** Features or activations as experiments read them back from the store: features of the run's type, activations in half precision. */
function examplesOf(
  [, , ...shape]: readonly number[],
  data: Float32Array,
  imageIds: string[],
  variants: Examples["variants"],
  featureType: ChildModel["featureType"],
): Examples {
  const isFeatures = shape.length === 1;
  const values = isFeatures && featureType === "float32" ? data : halved(data);
  if (isFeatures) return featureExamples({ imageIds, variants: [...variants], featureLength: shape[0] ?? 0, values });
  const length = shape.reduce((product, side) => product * side, 1);
  return {
    shape,
    imageIds,
    variants,
    read(image, variant, target) {
      const start = (image * variants.length + variants.indexOf(variant)) * length;
      target.set(values.subarray(start, start + length));
    },
  };
}

function halved(values: Float32Array): Float32Array {
  const rounded = new Float32Array(values.length);
  decodeFloat16(encodeFloat16(values), rounded);
  return rounded;
}

/** What each image is like as it is, unflipped: its features, or its activations' mean over all places. */
function rowsOf([, variants = 1, ...shape]: readonly number[], data: Float32Array, images: number): Float32Array[] {
  const length = shape.reduce((product, side) => product * side, 1);
  const channels = shape.at(-1) ?? 0;
  return Array.from({ length: images }, (_, image) => {
    const own = data.subarray(image * variants * length, (image * variants + 1) * length);
    return shape.length === 1 ? own : pooledRow(own, channels);
  });
}

function concatenated(images: readonly Uint8Array[]): Uint8Array {
  const area = images[0]?.length ?? 0;
  const batch = new Uint8Array(images.length * area);
  images.forEach((pixels, index) => batch.set(pixels, index * area));
  return batch;
}

async function weightsOf({ id, backbone, weights, cacheDir }: ChildModel): Promise<StateDict> {
  if (!isBackboneName(backbone))
    throw new AppError({
      code: "BACKBONE_UNKNOWN",
      message: `${id} stands on ${backbone}, which this version does not know: update it.`,
    });
  const from = weights.from === "pretrained" ? undefined : weights.from;
  const { stateDict, source } = await loadWeights(backbone, { cacheDir, from });
  const found = source.kind === "random" ? `random-${source.seed}` : source.sha256;
  if (found === weights.sha256) return stateDict;
  throw new AppError({
    code: "WEIGHTS_OTHER",
    message: `${id} was trained on weights of sha256 ${weights.sha256}, and those on this machine have ${found}: fetch the ones it was trained on.`,
  });
}
