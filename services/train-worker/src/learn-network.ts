import { evaluateBinary } from "@mammoflow/evaluation";
import { objectNames } from "@mammoflow/jobs";
import {
  createPredictor,
  settingsOf,
  trainModel,
  type Examples,
  type Predictor,
  type TrainedPart,
  type TrainingSettings,
} from "@mammoflow/models";
import { rowsOf, type DividedImages } from "./divide-images.ts";
import { openEpochLog } from "./epoch-log.ts";
import { backboneOf, type ExperimentInputs } from "./experiment-inputs.ts";
import type { Learnt } from "./learnt.ts";
import type { ExperimentDeps } from "./run-experiment.ts";

/** Trains a part of a network, on after the last epoch that the store holds. */
export async function learnNetwork(
  part: TrainedPart,
  inputs: ExperimentInputs,
  images: DividedImages,
  { store, memory, progress }: ExperimentDeps,
): Promise<Learnt> {
  const { config, experiment, manifest } = inputs;
  const { strategy, seed } = experiment;
  const settings = settingsOf(config.training, { ...experiment.settings, part, strategy, seed });
  const { epochs } = settings;
  const examples = await memory.examples(part, inputs);
  const weights = await memory.weights(part, inputs);
  const log = await openEpochLog(store, (file) => objectNames.experiment(config.runId, experiment.name, file));
  const model = await trainModel(
    {
      backbone: backboneOf(experiment.backbone).name,
      weights,
      settings,
      examples,
      training: rowsOf(manifest, images.training),
      validation: rowsOf(manifest, images.validation),
      resumeFrom: log.checkpoint,
      metadata: { weights: inputs.weights.sha256, recipe: config.recipeHash },
    },
    {
      areaUnderRoc: (probabilities, labels) => evaluateBinary({ probabilities, labels, resamples: 0 }).auc.value,
      onEpoch: async ({ seconds, ...record }) => {
        await log.add(record);
        const { epoch, trainLoss, validationLoss } = record;
        progress({ epoch, epochs, trainLoss, validationLoss, seconds });
      },
    },
  );
  const predictor = await createPredictor({ model: model.safetensors, weights, exampleShape: examples.shape });
  return {
    files: { "model.safetensors": model.safetensors },
    epochs: [...log.epochs],
    chosen: { epoch: model.epoch, because: whyChosen(settings, log.epochs.length) },
    configuration: settings,
    predict: (places) => predictPlaces(predictor, examples, places),
    close: () => predictor.close(),
  };
}

function whyChosen({ epochs, earlyStoppingEpochs }: TrainingSettings, trained: number): string {
  if (earlyStoppingEpochs === 0) return "the last one, because nothing was to choose among them";
  const ending =
    trained < epochs
      ? `after which ${earlyStoppingEpochs} epochs were no better and training stopped`
      : `of all ${epochs}`;
  return `the one with the lowest validation loss, ${ending}`;
}

/** Examples in memory at once while predicting. */
const batchSize = 64;

async function predictPlaces(predictor: Predictor, examples: Examples, places: number[]): Promise<Float32Array> {
  const length = examples.shape.reduce((product, side) => product * side, 1);
  const probabilities = new Float32Array(places.length);
  for (let start = 0; start < places.length; start += batchSize) {
    const batch = places.slice(start, start + batchSize);
    const values = new Float32Array(batch.length * length);
    for (const [index, place] of batch.entries())
      await examples.read(place, "none", values.subarray(index * length, (index + 1) * length));
    probabilities.set(await predictor.predict(values), start);
  }
  return probabilities;
}
