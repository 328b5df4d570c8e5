import { parsePredictions, pointAt, type ExplainedImage, type Explanations } from "@mammoflow/evaluation";
import { drawExplanation } from "@mammoflow/imaging";
import {
  manifestLineSchema,
  objectNames,
  present,
  readJson,
  readLines,
  readRunConfig,
  type ManifestLine,
} from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import { errorsAt, readPrepared, type PreparedImage } from "./explained-images.ts";
import type { Explainers } from "./explainers.ts";
import { createHeatMapper, type HeatMapper, type Method } from "./heat-mapper.ts";
import { scoreMaps, toleranceShare, type ScoreEffort } from "./score-maps.ts";
import { readTrained, type TrainedNetwork } from "./trained-network.ts";

export interface ExplainRequest {
  runId: string;
  experiment: string;
  method: Method;
  /** So many of the worst errors of each kind, or images by their ids. */
  choice: { worst: number } | { images: string[] };
  /** Pixels of a picture per pixel of its image. */
  scale: number;
  effort: ScoreEffort;
}

export interface ExplainDeps {
  store: ObjectStore;
  explainers: Explainers;
  progress: (body: { done: number; total: number }) => void;
}

export interface ExplainAnswer {
  explanations: Explanations;
  /** PNGs by the names that the explanations give them. */
  pictures: { name: string; png: Uint8Array }[];
}

/** Of `model.json`: from where on an image counts as malignant. */
const modelSchema = z.object({ threshold: z.number() });

/**
 * Shows what a trained network looks at, and how far that can be trusted: maps of its worst errors or of images asked for, and
 * scores over the malignant test images with lesion boxes.
 *
 * @throws AppError `EXPERIMENT_UNKNOWN`, `IMAGE_UNKNOWN`, and as `readTrained`; ModelsError WEIGHTS_MISSING
 */
export async function explainExperiment(
  request: ExplainRequest,
  { store, explainers, progress }: ExplainDeps,
): Promise<ExplainAnswer> {
  const { runId, experiment: name, method } = request;
  const config = await readRunConfig(store, runId);
  const experiment = config.experiments.find((planned) => planned.name === name);
  if (experiment === undefined)
    throw new AppError({
      code: "EXPERIMENT_UNKNOWN",
      message: `${runId} has no experiment ${name}: its experiments are ${config.experiments.map((planned) => planned.name).join(", ")}.`,
    });
  const manifestName = objectNames.manifest(runId);
  const manifest = present(await readLines(store, manifestName, manifestLineSchema), manifestName, runId);
  const predictionsName = objectNames.experiment(runId, name, "predictions.csv");
  const csv = present(await store.get(predictionsName), predictionsName, runId).bytes.toString();
  const predictions = parsePredictions(csv, predictionsName);
  const modelName = objectNames.experiment(runId, name, "model/model.json");
  const { threshold } = present(await readJson(store, modelName, modelSchema), modelName, runId);
  const errors = errorsAt(predictions, threshold);
  const network = await readTrained(store, runId, experiment);

  const tested = new Map(predictions.map(({ imageId, probability }) => [imageId, probability]));
  const test = manifest.filter(({ imageId }) => tested.has(imageId));
  const chosen = chooseLines(request.choice, manifest, errors, runId);
  const read = (line: ManifestLine): Promise<PreparedImage> => readPrepared(store, line, runId);
  const first = chosen[0] ?? test[0];
  const { sizePx } = await read(present(first, "an image of the test split", runId));
  const mapper = createHeatMapper(await explainers.trained(network, config, sizePx), method, sizePx);
  const explained: { facts: ExplainedImage; png: Buffer }[] = [];
  for (const line of chosen) {
    const { facts, png } = await explainImage(await read(line), mapper, network, request.scale);
    // What was predicted when it was judged: the cached features may have been computed in another number type.
    explained.push({ facts: { ...facts, probability: tested.get(line.imageId) ?? facts.probability }, png });
  }
  const { effort } = request;
  const scores = await scoreMaps(test, {
    network,
    mapper,
    randomMapper: async () => createHeatMapper(await explainers.random(network, sizePx), method, sizePx),
    effort,
    resamples: config.bootstrapResamples,
    read,
    onImage: (done, total) => progress({ done, total }),
  });
  return {
    explanations: {
      runId,
      experiment: name,
      method,
      isSynthetic: config.dataset.isSynthetic,
      threshold,
      choice: "worst" in request.choice ? "worst-errors" : "asked",
      counts: {
        images: test.length,
        falseNegatives: errors.falseNegatives.length,
        falsePositives: errors.falsePositives.length,
      },
      images: explained.map(({ facts }) => facts),
      ...scores,
    },
    pictures: explained.map(({ facts, png }) => ({ name: facts.picture, png })),
  };
}

function chooseLines(
  choice: ExplainRequest["choice"],
  manifest: readonly ManifestLine[],
  { falseNegatives, falsePositives }: ReturnType<typeof errorsAt>,
  runId: string,
): ManifestLine[] {
  const imageIds =
    "images" in choice
      ? choice.images
      : [falseNegatives, falsePositives].flatMap((errors) =>
          errors.slice(0, choice.worst).map(({ imageId }) => imageId),
        );
  return imageIds.map((imageId) => {
    const line = manifest.find((each) => each.imageId === imageId);
    if (line) return line;
    throw new AppError({
      code: "IMAGE_UNKNOWN",
      message: `${runId} has no image ${imageId}: take an id from its manifest.jsonl.`,
    });
  });
}

async function explainImage(
  image: PreparedImage,
  mapper: HeatMapper,
  { classifier }: TrainedNetwork,
  scale: number,
): Promise<{ facts: ExplainedImage; png: Buffer }> {
  const { line, boxes, sizePx } = image;
  const [map] = await mapper.map([image], classifier);
  if (map === undefined) throw new RangeError("one image gives one map");
  const pointing = pointAt({ ...image, ...map, toleranceShare });
  const hasBoxes = boxes.length > 0;
  const { imageId, studyId, laterality, viewPosition, birads, split, label } = line;
  return {
    facts: {
      imageId,
      studyId,
      laterality,
      viewPosition,
      birads,
      split,
      label,
      picture: `${imageId}.png`,
      probability: map.probability,
      sizePx,
      boxes,
      hasHeat: pointing.hasHeat,
      heatInBreast: pointing.heatInBreast,
      heatInBoxes: hasBoxes ? pointing.heatInBoxes : null,
      breastInBoxes: hasBoxes ? pointing.breastInBoxes : null,
      isHit: hasBoxes ? pointing.isHit : null,
    },
    png: await drawExplanation({ ...image, ...map }, scale),
  };
}
