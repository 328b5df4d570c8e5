import { createHash } from "node:crypto";
import {
  featuresIndexSchema,
  manifestLineSchema,
  objectNames,
  present,
  readJson,
  readRunConfig,
  type Experiment,
  type ManifestLine,
  type RunConfig,
  type WeightsFacts,
} from "@mammoflow/jobs";
import { backbones, isBackboneName, type Backbone } from "@mammoflow/models";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";

/** Everything that an experiment's results are a function of, and where it lies. */
export interface ExperimentInputs {
  store: ObjectStore;
  config: RunConfig;
  experiment: Experiment;
  manifest: ManifestLine[];
  manifestSha256: string;
  /** Addresses of what the backbone said about the images, shard by shard. */
  features: string[];
  activations: string[];
  weights: WeightsFacts;
}

/**
 * @throws AppError `FEATURES_MISSING` when the experiment's backbone has none, `OBJECT_MISSING` when an earlier stage's object is
 *   gone
 */
export async function readInputs(runId: string, name: string, store: ObjectStore): Promise<ExperimentInputs> {
  const config = await readRunConfig(store, runId);
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
  const { manifestSha256 } = index;
  return { store, config, experiment, manifest: await readManifest(store, runId), manifestSha256, ...entry };
}

/** The last manifest that was read; a run's experiments all want the same, and parsing it takes longer than reading it. */
let last: { sha256: string; lines: ManifestLine[] } | undefined;

async function readManifest(store: ObjectStore, runId: string): Promise<ManifestLine[]> {
  const name = objectNames.manifest(runId);
  const { bytes } = present(await store.get(name), name, runId);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (last?.sha256 !== sha256) {
    const lines = bytes
      .toString()
      .split("\n")
      .filter((line) => line !== "");
    last = { sha256, lines: lines.map((line) => manifestLineSchema.parse(JSON.parse(line))) };
  }
  return last.lines;
}

export function backboneOf(name: string): Backbone {
  if (isBackboneName(name)) return backbones[name];
  throw new AppError({ code: "BACKBONE_UNKNOWN", message: `This worker knows no backbone ${name}: update it.` });
}
