import type { TrainingImages } from "@mammoflow/jobs/objects";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import type { ChildModel } from "./child/serve-request.ts";
import { modelFacts } from "./model-facts.ts";
import { readModelSource, type ModelSource } from "./model-source.ts";
import type { OpenModelOptions } from "./open-model.ts";
import { promotedModel } from "./promoted-model.ts";
import type { ModelFacts } from "./served-model.ts";

/** A model in the three forms in which it is needed: for people, for the process that computes, for warnings. */
export interface DescribedModel {
  facts: ModelFacts;
  model: ChildModel;
  trainingImages: TrainingImages | null;
}

/** @throws as `openModel`, but for what is found out while it loads */
export async function describeModel(
  store: ObjectStore,
  named: OpenModelOptions["named"],
  settings: OpenModelOptions["settings"],
): Promise<DescribedModel> {
  const { run, experiment } = named ?? (await requirePromoted(store));
  const source = await readModelSource(store, run, experiment);
  const facts = modelFacts(source, experiment);
  return { facts, model: childModel(source, facts, store, settings), trainingImages: source.trainingImages };
}

async function requirePromoted(store: ObjectStore): Promise<{ run: string; experiment: string }> {
  const promoted = await promotedModel(store);
  if (promoted) return promoted;
  throw new AppError({
    code: "NOT_PROMOTED",
    message: `No model of ${store.address} has been promoted: name one with --model RUN/EXPERIMENT, or choose one with \`mammoflow promote RUN/EXPERIMENT --why TEXT\`.`,
  });
}

function childModel(
  { config, model, file, trainingImages }: ModelSource,
  { id, version, sizePx }: ModelFacts,
  store: ObjectStore,
  { gcsEndpoint, cacheDir }: OpenModelOptions["settings"],
): ChildModel {
  const { backbone, part, testFlips, precision, recipe, weights } = model;
  return {
    id,
    version,
    storeAddress: store.address,
    gcsEndpoint,
    cacheDir,
    file,
    backbone,
    part,
    weights: { from: config.weights, sha256: weights.sha256 },
    precision,
    featureType: config.featureType,
    testFlips,
    recipe,
    sizePx,
    likeness: trainingImages?.likeness ?? null,
  };
}
