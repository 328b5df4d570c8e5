import {
  featuresIndexSchema,
  manifestLineSchema,
  objectNames,
  present,
  readJson,
  readLines,
  readRunConfig,
  type Experiment,
  type ManifestLine,
  type RunConfig,
  type WeightsFacts,
} from "@mammoflow/jobs";
import {
  backbones,
  imbalanceStrategyNames,
  isBackboneName,
  type Backbone,
  type ImbalanceStrategy,
} from "@mammoflow/models";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";

/** Everything that an experiment's results are a function of. */
export interface ExperimentInputs {
  config: RunConfig;
  experiment: Experiment;
  manifest: ManifestLine[];
  manifestSha256: string;
  addresses: string[];
  weights: WeightsFacts;
}

export async function readInputs(runId: string, name: string, store: ObjectStore): Promise<ExperimentInputs> {
  const config = await readRunConfig(store, runId);
  const manifestName = objectNames.manifest(runId);
  const manifest = present(await readLines(store, manifestName, manifestLineSchema), manifestName, runId);
  const featuresName = objectNames.features(runId);
  const index = present(await readJson(store, featuresName, featuresIndexSchema), featuresName, runId);
  const experiment = present(
    config.experiments.find((planned) => planned.name === name),
    `the experiment ${name}`,
    runId,
  );
  const entry = index.backbones[experiment.backbone];
  if (!entry || "notRun" in entry)
    throw new AppError({
      code: "FEATURES_MISSING",
      message: `${experiment.backbone} has no features in ${runId}${entry ? `: ${entry.notRun}` : ""}; mend that, then resume the run.`,
    });
  return { config, experiment, manifest, manifestSha256: index.manifestSha256, ...entry };
}

export function backboneOf(name: string): Backbone {
  if (isBackboneName(name)) return backbones[name];
  throw new AppError({ code: "BACKBONE_UNKNOWN", message: `This worker knows no backbone ${name}: update it.` });
}

export function strategyOf(name: string): ImbalanceStrategy {
  const strategy = imbalanceStrategyNames.find((known) => known === name);
  if (strategy !== undefined) return strategy;
  throw new AppError({
    code: "STRATEGY_UNKNOWN",
    message: `This worker knows no strategy ${name} against class imbalance: update it.`,
  });
}
