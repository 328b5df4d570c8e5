import { appliedCorrection, predictionsCsv, type Prediction } from "@mammoflow/evaluation";
import { jsonBytes, objectNames, type TrainingImages } from "@mammoflow/jobs";
import type { ObjectStore } from "@mammoflow/storage";
import { describeArguments, describeModel, describeResult } from "./describe-experiment.ts";
import { describeTrainingImages } from "./describe-training-images.ts";
import { divideImages, type DividedImages } from "./divide-images.ts";
import { readInputs, type ExperimentInputs } from "./experiment-inputs.ts";
import type { ExperimentMemory } from "./experiment-memory.ts";
import { explainErrors } from "./explain-errors.ts";
import { judgeExperiment, predictionOf, type Judged, type Predictions } from "./judge-experiment.ts";
import { learnBaseline } from "./learn-baseline.ts";
import { learnNetwork } from "./learn-network.ts";
import type { Learnt } from "./learnt.ts";
import { putFirst } from "./put-first.ts";

export interface ExperimentDeps {
  store: ObjectStore;
  memory: ExperimentMemory;
  cacheDir: string;
  progress: (body: object) => void;
}

/**
 * Trains the model of one experiment, judges it on images that it has not seen, and stores both.
 *
 * Goes on after the last epoch that the store holds. `metrics.json` is written last: it is what "done" means.
 *
 * @throws ModelsError TRAINING_DIVERGED, TRAINING_ROWS (not retried)
 */
export async function runExperiment(
  { runId, experiment: name }: { runId: string; experiment: string },
  deps: ExperimentDeps,
): Promise<{ done: "now" | "before" }> {
  const { store } = deps;
  const object = (file: string): string => objectNames.experiment(runId, name, file);

  const inputs = await readInputs(runId, name, store);
  await forgetOtherInputs(inputs);
  if (await store.exists(object("metrics.json"))) return { done: "before" };
  await putFirst(store, object("args.yaml"), Buffer.from(describeArguments(inputs)));

  const images = divideImages(inputs.manifest, inputs.config, inputs.experiment);
  const learnt = await learn(inputs, images, deps);
  const { predictions, trainingImages } = await use(learnt, inputs, images).finally(() => learnt.close());
  const judged = judgeExperiment(predictions, inputs);

  await storeModel(inputs, { learnt, predictions, judged, trainingImages });
  await explainErrors(runId, inputs.experiment, { store, explainers: deps.memory.explainers });
  await putFirst(store, object("metrics.json"), jsonBytes(describeResult(inputs, learnt, judged)));
  return { done: "now" };
}

/** What is known of an experiment once it has learnt. */
interface Made {
  learnt: Learnt;
  predictions: Predictions;
  judged: Judged;
  trainingImages: TrainingImages;
}

/** The model, what it is used with, and what it said; each image by itself, so that everything can be counted again. */
async function storeModel(
  inputs: ExperimentInputs,
  { learnt, predictions, judged, trainingImages }: Made,
): Promise<void> {
  const { store, config, experiment } = inputs;
  const { validation, test, outside } = predictions;
  const [image] = judged.judgement.levels;
  const correction = image ? appliedCorrection(image.calibration) : null;
  const files = {
    ...Object.fromEntries(Object.entries(learnt.files).map(([file, bytes]) => [`model/${file}`, bytes])),
    "model/model.json": jsonBytes(describeModel(inputs, judged.judgement)),
    "model/training-images.json": jsonBytes(trainingImages),
    "predictions.csv": Buffer.from(predictionsCsv([...test, ...outside], correction)),
    "validation-predictions.csv": Buffer.from(predictionsCsv(validation, correction)),
  };
  for (const [file, bytes] of Object.entries(files))
    await putFirst(store, objectNames.experiment(config.runId, experiment.name, file), bytes);
}

/** What was learnt from other images (before a retry brought more of them) goes; its arguments last, so that an interruption is seen. */
async function forgetOtherInputs(inputs: ExperimentInputs): Promise<void> {
  const { store, config, experiment } = inputs;
  const argsName = objectNames.experiment(config.runId, experiment.name, "args.yaml");
  const known = await store.get(argsName);
  if (!known || known.bytes.toString() === describeArguments(inputs)) return;
  for await (const object of store.list(objectNames.experiment(config.runId, experiment.name, "")))
    if (object !== argsName) await store.delete(object);
  await store.delete(argsName);
}

function learn(inputs: ExperimentInputs, images: DividedImages, deps: ExperimentDeps): Promise<Learnt> {
  const { part } = inputs.experiment;
  return part === "tree" || part === "boosted"
    ? learnBaseline(part, inputs, images, deps)
    : learnNetwork(part, inputs, images, deps);
}

async function use(
  learnt: Learnt,
  inputs: ExperimentInputs,
  images: DividedImages,
): Promise<Pick<Made, "predictions" | "trainingImages">> {
  const predictions = await predict(learnt, inputs, images);
  return { predictions, trainingImages: await describeTrainingImages(inputs.manifest, images, learnt) };
}

async function predict(learnt: Learnt, { manifest }: ExperimentInputs, images: DividedImages): Promise<Predictions> {
  const predictionsOf = async (places: number[]): Promise<Prediction[]> => {
    const probabilities = await learnt.predict(places);
    return places.flatMap((place, index) => {
      const line = manifest[place];
      return line ? [predictionOf(line, probabilities[index] ?? Number.NaN)] : [];
    });
  };
  return {
    validation: await predictionsOf(images.validation),
    test: await predictionsOf(images.test),
    outside: await predictionsOf(images.outside),
  };
}
