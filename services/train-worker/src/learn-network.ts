import { evaluateBinary } from "@mammoflow/evaluation";
import { objectNames } from "@mammoflow/jobs";
import {
  createPredictor,
  predictExamples,
  settingsOf,
  trainModel,
  type TrainedPart,
  type TrainingSettings,
} from "@mammoflow/models";
import { rowsOf, type DividedImages } from "./divide-images.ts";
import { openEpochLog } from "./epoch-log.ts";
import { backboneOf, type ExperimentInputs } from "./experiment-inputs.ts";
import type { Learnt } from "./learnt.ts";
import { likenessOfNetwork } from "./likeness-of-network.ts";
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
  const backbone = backboneOf(experiment.backbone).name;
  const examples = await memory.examples(part, inputs);
  const weights = await memory.weights(part, inputs);
  const log = await openEpochLog(store, (file) => objectNames.experiment(config.runId, experiment.name, file));
  const model = await trainModel(
    {
      backbone,
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
    configuration: { ...settings, testFlips: config.testFlips },
    likeness: likenessOfNetwork(part, { backbone, examples, weights, model: model.safetensors }),
    predict: (places) => predictExamples(predictor, examples, places, config.testFlips),
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
