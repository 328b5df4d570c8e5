import { createHash } from "node:crypto";
import {
  appliedCorrection,
  recalibrated,
  type Experiment as ExperimentResult,
  type Judgement,
  type LevelJudgement,
} from "@mammoflow/evaluation";
import { imageFeaturesName } from "@mammoflow/jobs";
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
      testFlips: config.testFlips,
      aggregation: config.aggregation,
      protocol: config.protocol,
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
 * `model.json`, what a program needs in order to use the model: which backbone on which weights, which recipe, how a level's
 * probability is made and calibrated, and from which threshold on an image, a breast or a patient counts as malignant.
 */
export function describeModel({ config, experiment, weights }: ExperimentInputs, judgement: Judgement): object {
  const operatingPoints = judgement.levels.map(({ level, calibration, operatingPoints: [chosen] }) => {
    if (!chosen) return [level, undefined];
    const { threshold, rule, validation } = chosen;
    const correction = appliedCorrection(calibration);
    const calibratedThreshold = correction && recalibrated([threshold], correction)[0];
    return [level, { threshold, calibratedThreshold, rule, validation }];
  });
  const calibration = judgement.levels.map((judged) => [judged.level, calibrationOf(judged)]);
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
    ...(backbone !== imageFeaturesName && { testFlips: config.testFlips }),
    threshold: judgement.levels[0]?.operatingPoints[0]?.threshold ?? 0.5,
    operatingPoints: Object.fromEntries(operatingPoints),
    calibration: {
      formula: "calibrated = sigmoid(slope * ln(probability / (1 - probability)) + intercept)",
      ...Object.fromEntries(calibration),
    },
    aggregation: judgement.aggregation,
    ...(config.protocol && { protocol: config.protocol }),
    recipe: config.recipe,
    recipeHash: config.recipeHash,
    labelRule: config.dataset.labelRule,
    use: "Research use only. Human review required.",
  };
}

/** What is applied to a level's probabilities, and the temperature alone for those who prefer it; both fitted on validation. */
function calibrationOf({ calibration }: LevelJudgement): object | null {
  const correction = appliedCorrection(calibration);
  if (correction === null) return null;
  const { by, slope, intercept } = correction;
  return { by, slope, intercept, temperature: calibration.temperature?.temperature ?? null };
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
    configuration: {
      ...learnt.configuration,
      validateOn: config.validateOn,
      aggregation: config.aggregation,
    },
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
