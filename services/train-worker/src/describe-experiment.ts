import { createHash } from "node:crypto";
import type { Experiment as ExperimentResult, Judgement } from "@mammoflow/evaluation";
import { stringify } from "yaml";
import type { ExperimentInputs } from "./experiment-inputs.ts";
import type { Judged } from "./judge-experiment.ts";
import type { Learnt } from "./learnt.ts";

/** `args.yaml`: everything that the experiment's results are a function of. */
export function describeArguments(inputs: ExperimentInputs): string {
  const { config, experiment, manifestSha256, features, activations, weights } = inputs;
  return stringify(
    {
      ...experiment,
      training: config.training,
      validationShare: config.validationShare,
      validateOn: config.validateOn,
      precision: config.precision,
      featureType: config.featureType,
      weights,
      recipeHash: config.recipeHash,
      manifestSha256,
      features,
      activations,
      bootstrapResamples: config.bootstrapResamples,
    },
    { lineWidth: 0 },
  );
}

/**
 * `model.json`, what a program needs in order to use the model: which backbone on which weights, which recipe, and from which
 * threshold on an image, a breast or a patient counts as malignant.
 */
export function describeModel({ config, experiment, weights }: ExperimentInputs, judgement: Judgement): object {
  const operatingPoints = judgement.levels.map(({ level, operatingPoints: [chosen] }) => [
    level,
    chosen && { threshold: chosen.threshold, rule: chosen.rule, validation: chosen.validation },
  ]);
  const { name, backbone, part, strategy, seed, leftOut } = experiment;
  return {
    name,
    backbone,
    part,
    strategy,
    seed,
    ...(leftOut !== undefined && { leftOut }),
    weights,
    precision: config.precision,
    output: "probability of being malignant",
    threshold: judgement.levels[0]?.operatingPoints[0]?.threshold ?? 0.5,
    operatingPoints: Object.fromEntries(operatingPoints),
    aggregation: judgement.aggregation,
    recipe: config.recipe,
    recipeHash: config.recipeHash,
    labelRule: config.dataset.labelRule,
    use: "Research use only. Human review required.",
  };
}

/** `metrics.json`: how the experiment came out. */
export function describeResult(
  inputs: ExperimentInputs,
  learnt: Learnt,
  { metrics, judgement }: Judged,
): ExperimentResult {
  const { config, experiment, weights } = inputs;
  const { name, backbone, strategy, part, seed, settings, leftOut } = experiment;
  return {
    name,
    backbone,
    backboneTitle: weights.title,
    strategy,
    part,
    seed,
    ...(settings && { settings }),
    ...(leftOut !== undefined && { leftOut }),
    weights: { source: weights.source, licence: weights.licence, sha256: weights.sha256 },
    epochs: learnt.epochs,
    ...(learnt.chosen && { chosenEpoch: learnt.chosen.epoch, chosenBecause: learnt.chosen.because }),
    evaluatedOn: "test",
    metrics,
    judgement,
    ...(learnt.explanation && { explanation: learnt.explanation }),
    hashes: hashesOf(inputs, learnt),
    configuration: { ...learnt.configuration, validateOn: config.validateOn },
  };
}

/** What the model was made from, and its own files. */
function hashesOf({ manifestSha256, weights }: ExperimentInputs, { files }: Learnt): Record<string, string> {
  const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  return {
    manifest: manifestSha256,
    weights: weights.sha256,
    ...Object.fromEntries(Object.entries(files).map(([file, bytes]) => [file, sha256(bytes)])),
  };
}
