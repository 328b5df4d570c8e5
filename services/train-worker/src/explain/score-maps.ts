import {
  drawRows,
  pointAt,
  scorePointing,
  scoreRemoval,
  type Pointing,
  type PointingRow,
  type PointingScores,
  type RemovalRow,
  type RemovalScores,
} from "@mammoflow/evaluation";
import { patientOf, type ManifestLine } from "@mammoflow/jobs";
import { backbones, randomClassifier, removalCurves, type Classifier, type ExplainedImage } from "@mammoflow/models";
import { createRandom } from "@mammoflow/runtime";
import { boxesOf, type PreparedImage } from "./explained-images.ts";
import type { HeatMapper } from "./heat-mapper.ts";
import type { TrainedNetwork } from "./trained-network.ts";

/** Images and random heads that are enough for a score and few enough to wait for: an occlusion map takes 225 passes. */
export interface ScoreEffort {
  images: number;
  randomHeads: number;
  /** Images whose curves of deletion and insertion are computed; 0: none. */
  removalImages: number;
}

export interface ScoringParts {
  network: TrainedNetwork;
  mapper: HeatMapper;
  /** Of the same network with random weights throughout. */
  randomMapper: () => Promise<HeatMapper>;
  effort: ScoreEffort;
  resamples: number;
  read: (line: ManifestLine) => Promise<PreparedImage>;
  onImage: (done: number, total: number) => void;
}

/** Zhang et al. allow 15 px on pictures of about 500. */
export const toleranceShare = 0.03;
/** Few, so that progress is seen: an image of occlusion takes seconds. */
const batchSize = 4;
/** Of the grid that is taken away and given back, and of its steps. */
const removal = { cells: 16, steps: 16, randomOrders: 2 };

/** Whether the maps of an experiment point at the lesions of its malignant test images; null where there are no boxes. */
export async function scoreMaps(
  test: readonly ManifestLine[],
  { network, mapper, randomMapper, effort, resamples, read, onImage }: ScoringParts,
): Promise<{ pointing: PointingScores | null; removal: RemovalScores | null }> {
  const boxed = test.filter((line) => line.label === 1 && boxesOf(line).length > 0);
  const chosen = drawRows(boxed, effort.images);
  if (chosen.length === 0) return { pointing: null, removal: null };
  const heads = Array.from({ length: effort.randomHeads }, (_, seed) => randomHead(network, seed + 1));
  const total = 2 * chosen.length;
  const rows: Omit<PointingRow, "randomNetwork">[] = [];
  const removalRows: RemovalRow[] = [];
  for await (const images of batches(chosen, read)) {
    const explained = await mapper.map(images, network.classifier);
    const pointings = pointingsOf(images, explained);
    const random = await Promise.all(heads.map(async (head) => pointingsOf(images, await mapper.map(images, head))));
    for (const [index, image] of images.entries()) {
      const map = pointings[index];
      if (map === undefined) continue;
      rows.push({ patient: patientOf(image.line), map, randomHeads: random.flatMap((each) => each[index] ?? []) });
      const { heat } = explained[index] ?? {};
      if (heat && removalRows.length < effort.removalImages)
        removalRows.push(await removalRow(image, heat, mapper, network.classifier));
    }
    onImage(rows.length, total);
  }
  const randomNetwork: Pointing[] = [];
  for await (const images of batches(chosen, read)) {
    const random = await randomMapper();
    randomNetwork.push(...pointingsOf(images, await random.map(images, randomHead(network, 1))));
    onImage(chosen.length + randomNetwork.length, total);
  }
  const pointingRows = rows.flatMap((row, index) => {
    const pointing = randomNetwork[index];
    return pointing ? [{ ...row, randomNetwork: pointing }] : [];
  });
  return {
    pointing: scorePointing(pointingRows, { available: boxed.length, toleranceShare, resamples }),
    removal: removalRows.length === 0 ? null : scoreRemoval(removalRows, { resamples }),
  };
}

const pointingsOf = (images: readonly PreparedImage[], explained: readonly ExplainedImage[]): Pointing[] =>
  explained.flatMap((map, index) => {
    const image = images[index];
    return image ? [pointAt({ ...image, ...map, toleranceShare })] : [];
  });

const randomHead = ({ backbone, classifier }: TrainedNetwork, seed: number): Classifier =>
  randomClassifier(backbones[backbone].featureLength, classifier.outputs, createRandom(seed));

async function removalRow(
  image: PreparedImage,
  heat: Float32Array,
  mapper: HeatMapper,
  classifier: Classifier,
): Promise<RemovalRow> {
  const { pixels, sizePx, breast, line } = image;
  const curves = (heat: Float32Array | undefined, seed: number) =>
    removalCurves(pixels, heat, (images) => mapper.probabilities(images, classifier), {
      ...removal,
      sizePx,
      breast,
      seed,
    });
  const random: RemovalRow["random"][number][] = [];
  for (let seed = 1; seed <= removal.randomOrders; seed++) random.push(await curves(undefined, seed));
  return { patient: patientOf(line), map: await curves(heat, 0), random };
}

async function* batches(
  lines: readonly ManifestLine[],
  read: (line: ManifestLine) => Promise<PreparedImage>,
): AsyncGenerator<PreparedImage[]> {
  for (let start = 0; start < lines.length; start += batchSize)
    yield await Promise.all(lines.slice(start, start + batchSize).map(read));
}
