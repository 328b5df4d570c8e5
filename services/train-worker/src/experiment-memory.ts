import {
  featureExamples,
  imageExamples,
  loadWeights,
  type Examples,
  type Features,
  type StateDict,
  type TrainedPart,
} from "@mammoflow/models";
import { backboneOf, type ExperimentInputs } from "./experiment-inputs.ts";
import { createExplainers, type Explainers } from "./explain/explainers.ts";
import { holdImages, type HeldImages } from "./hold-images.ts";
import { joinFeatures } from "./join-features.ts";
import { keepLast } from "./keep-last.ts";
import { openActivations, type OpenActivations } from "./open-activations.ts";

/**
 * What experiments learn from, read from the store. What the last one used stays, because the next one mostly wants the same:
 * then nothing is read between them.
 */
export interface ExperimentMemory {
  /** Numbers about every image of the run, in the manifest's order. */
  features(inputs: ExperimentInputs): Promise<Features>;
  /** What a part of a network is trained on, in the manifest's order. */
  examples(part: TrainedPart, inputs: ExperimentInputs): Promise<Examples>;
  /** The backbone's weights before training; a head on features needs none. */
  weights(part: TrainedPart, inputs: ExperimentInputs): Promise<StateDict>;
  /** Networks that show what they look at. */
  explainers: Explainers;
}

/** @param limitMb how much of examples may lie in memory; what is more is read as it is asked for */
export function createExperimentMemory({ cacheDir, limitMb }: { cacheDir: string; limitMb: number }): ExperimentMemory {
  const limitBytes = limitMb * 2 ** 20;
  const features = keepLast<Features>();
  const activations = keepLast<OpenActivations>((open) => open.close());
  const images = keepLast<HeldImages>();
  const weights = keepLast<StateDict>();

  const memory: ExperimentMemory = {
    explainers: createExplainers(cacheDir),
    features: (inputs) =>
      features(inputs.features.join(), () =>
        joinFeatures(inputs.store, inputs.features, inputs.manifest, inputs.config.runId),
      ),
    async weights(part, { experiment, config, weights: facts }) {
      if (part === "head") return new Map();
      return weights(`${experiment.backbone} ${facts.sha256}`, async () => {
        const from = config.weights === "pretrained" ? undefined : config.weights;
        return (await loadWeights(backboneOf(experiment.backbone).name, { cacheDir, from })).stateDict;
      });
    },
    async examples(part, inputs) {
      if (part === "head") return featureExamples(await memory.features(inputs));
      if (part === "last-block")
        return (await activations(inputs.activations.join(), () => openActivations(inputs, limitBytes))).examples;
      const held = await images(inputs.manifestSha256, () => holdImages(inputs, limitBytes));
      return imageExamples(held.imageIds, held.sizePx, (image) => held.read(image));
    },
  };
  return memory;
}
