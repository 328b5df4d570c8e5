import { evaluateBinary, type Experiment as ExperimentResult } from "@mammoflow/evaluation";
import { jsonBytes, objectNames, patientOf, type ManifestLine } from "@mammoflow/jobs";
import { loadTensorFlow, predictHead, trainHead, type HeadRow } from "@mammoflow/models";
import type { ObjectStore } from "@mammoflow/storage";
import { describeArguments, describeModel, predictionsCsv } from "./describe-experiment.ts";
import { createEpochLog } from "./epoch-log.ts";
import { backboneOf, readInputs, strategyOf } from "./experiment-inputs.ts";
import { joinFeatures } from "./join-features.ts";
import { putFirst } from "./put-first.ts";
import { splitValidation } from "./split-validation.ts";

/**
 * Trains the head of one experiment on cached features and judges it on the test split.
 *
 * Goes on after the last checkpoint that the store holds. `metrics.json` is written last: it is what "done" means.
 *
 * @throws ModelsError TRAINING_DIVERGED, TRAINING_ROWS (not retried)
 */
export async function runExperiment(
  { runId, experiment: name }: { runId: string; experiment: string },
  store: ObjectStore,
  progress: (body: object) => void,
): Promise<{ done: "now" | "before" }> {
  const inputs = await readInputs(runId, name, store);
  const { config, experiment, manifest, weights } = inputs;
  const object = (file: string): string => objectNames.experiment(runId, name, file);
  const args = describeArguments(inputs);
  await forgetOtherInputs(store, runId, name, args);
  if (await store.exists(object("metrics.json"))) return { done: "before" };
  await putFirst(store, object("args.yaml"), Buffer.from(args));

  const features = await joinFeatures(store, inputs.addresses, manifest, runId);
  const { training, validation } = trainingRows(manifest, config.training.validationShare, experiment.seed);
  const epochs = createEpochLog(store, object);
  const head = await trainHead(
    {
      ...config.training,
      features,
      training,
      validation,
      strategy: strategyOf(experiment.strategy),
      dropout: backboneOf(experiment.backbone).headDropout,
      seed: experiment.seed,
      resumeFrom: await epochs.lastCheckpoint(),
      metadata: { backbone: experiment.backbone, weights: weights.sha256, recipe: config.recipeHash },
    },
    {
      tf: await loadTensorFlow(),
      areaUnderRoc: (probabilities, labels) => evaluateBinary({ probabilities, labels, resamples: 0 }).auc.value,
      onEpoch: async ({ seconds, ...record }) => {
        await epochs.add(record);
        progress({
          epoch: record.epoch,
          epochs: config.training.epochs,
          trainLoss: record.trainLoss,
          validationLoss: record.validationLoss,
        });
      },
    },
  );
  await putFirst(store, object("model/head.safetensors"), head.safetensors);
  await putFirst(store, object("model/model.json"), jsonBytes(describeModel(inputs)));

  const test = manifest.flatMap((line, image) => (line.split === "test" ? [{ line, image }] : []));
  const probabilities = predictHead(
    head,
    features,
    Int32Array.from(test, ({ image }) => image),
  );
  await putFirst(
    store,
    object("predictions.csv"),
    predictionsCsv(test.map(({ line }, index) => ({ line, probability: probabilities[index] ?? Number.NaN }))),
  );
  const rows = test.flatMap(({ line }, index) =>
    Array.from({ length: line.rows }, () => ({ line, probability: probabilities[index] ?? Number.NaN })),
  );
  const metrics = evaluateBinary({
    probabilities: rows.map(({ probability }) => probability),
    labels: rows.map(({ line }) => line.label),
    groups: rows.map(({ line }) => patientOf(line)),
    resamples: config.bootstrapResamples,
  });
  const result: ExperimentResult = {
    ...experiment,
    backboneTitle: weights.title,
    weights: { source: weights.source, licence: weights.licence, sha256: weights.sha256 },
    epochs: await epochs.all(),
    chosenEpoch: head.epoch,
    evaluatedOn: "test",
    metrics,
    configuration: {
      ...config.training,
      headDropout: backboneOf(experiment.backbone).headDropout,
      outputs: 2,
      loss: "BCE with logits",
      optimizer: "Adam",
    },
  };
  await putFirst(store, object("metrics.json"), jsonBytes(result));
  return { done: "now" };
}

/** What was learnt from other images (before a retry brought more of them) goes; its arguments last, so that an interruption is seen. */
async function forgetOtherInputs(store: ObjectStore, runId: string, name: string, args: string): Promise<void> {
  const argsName = objectNames.experiment(runId, name, "args.yaml");
  const known = await store.get(argsName);
  if (!known || known.bytes.toString() === args) return;
  for await (const object of store.list(objectNames.experiment(runId, name, "")))
    if (object !== argsName) await store.delete(object);
  await store.delete(argsName);
}

function trainingRows(
  manifest: ManifestLine[],
  validationShare: number,
  seed: number,
): { training: HeadRow[]; validation: HeadRow[] } {
  const lines = manifest.filter(({ split }) => split === "training");
  const setAside = splitValidation(lines, validationShare, seed);
  const rowsWhere = (isIn: (line: ManifestLine) => boolean): HeadRow[] =>
    manifest.flatMap((line, image) =>
      line.split === "training" && isIn(line)
        ? Array.from({ length: line.rows }, () => ({ image, label: line.label }))
        : [],
    );
  return {
    training: rowsWhere((line) => !setAside.has(patientOf(line))),
    validation: rowsWhere((line) => setAside.has(patientOf(line))),
  };
}
