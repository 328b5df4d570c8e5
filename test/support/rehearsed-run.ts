import { evaluateBinary } from "@mammoflow/evaluation";
import {
  closeStage,
  connectRedis,
  consume,
  endRun,
  extractTree,
  jsonBytes,
  learnTree,
  objectNames,
  planExperiments,
  readLines,
  readRunConfig,
  runShard,
  shardLineSchema,
  startStage,
  studyRecordSchema,
  type Consumer,
  type FeaturesIndex,
  type IndexedStudy,
  type ManifestLine,
  type Queues,
  type RunConfig,
} from "@mammoflow/jobs";
import { AppError, createLogger, loadSettings } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { datasetOfRun, manifestLine, runConfig } from "../fixtures/run-parts.ts";
import { greyPng } from "./grey-png.ts";

const weights = { title: "ResNet-18", source: "test", licence: "Apache-2.0", sha256: "0" };

const unitBox = { x: 0, y: 0, width: 1, height: 1 };

export interface Rehearsal {
  /** Called before each job's work; what it throws fails the job, what it waits for holds it up. */
  beforeJob?: (job: { kind: "study" | "extract" | "experiment"; name: string }) => Promise<void>;
  png?: (studyId: string, imageId: string) => Buffer;
}

/** Studies of four views each, every fifth in the test split. */
export function rehearsedStudies(count: number): IndexedStudy[] {
  const views = [
    ["L", "CC"],
    ["L", "MLO"],
    ["R", "CC"],
    ["R", "MLO"],
  ] as const;
  return Array.from({ length: count }, (_, study) => ({
    studyId: `study-${String(study).padStart(4, "0")}`,
    dataset: "phantoms",
    split: study % 5 === 0 ? "test" : "training",
    images: views.map(([laterality, viewPosition]) => ({
      imageId: `image-${study}-${laterality}-${viewPosition}`,
      seriesId: "s",
      laterality,
      viewPosition,
      birads: 1,
      density: "A",
      heightPx: 1,
      widthPx: 1,
      label: study % 3 === 0 ? 1 : 0,
      rows: 1,
      source: "x",
      groups: {},
    })),
  }));
}

export function rehearsedConfig(runId: string, studies: number, shardSize = 50, seeds = [1]): RunConfig {
  return runConfig({
    runId,
    dataset: datasetOfRun(studies, 4 * studies),
    shardSize,
    shards: Math.ceil(studies / shardSize),
    featureShardImages: 64,
    experiments: planExperiments({
      backbones: ["resnet18", "mobilenetv2"],
      strategies: ["none", "sampler+weighted-loss"],
      parts: ["head"],
      seeds,
    }),
  });
}

/**
 * Workers for a whole run whose queue, store, stages and metrics are real, and whose images and probabilities are made up
 * in no time. The backbone `mobilenetv2` has no weights.
 */
export async function startRehearsal(
  { redisUrl, queues, store }: { redisUrl: string; queues: Queues; store: ObjectStore },
  { beforeJob = async () => {}, png = (studyId) => greyPng(32, studyId.length * 5) }: Rehearsal = {},
): Promise<{ close(): Promise<void> }> {
  const shared = { log: createLogger("test", "silent"), graceMs: 100, lockMs: 30_000 };
  const worker = (): ReturnType<typeof connectRedis> => connectRedis(redisUrl, "worker");

  const preprocess = consume({
    ...shared,
    queue: "preprocess",
    redis: await worker(),
    concurrency: 8,
    handlers: {
      study: async ({ runId, studyId }) => {
        await beforeJob({ kind: "study", name: studyId });
        const { images } = rehearsedStudies(1000).find((study) => study.studyId === studyId)!;
        for (const { imageId } of images)
          await store.putOnce(objectNames.image(runId, studyId, imageId), png(studyId, imageId));
        const records = images.map(({ imageId, laterality, viewPosition }) => ({
          imageId,
          address: objectNames.image(runId, studyId, imageId),
          pngSha256: "0",
          sourceSha256: "0",
          widthPx: 32,
          heightPx: 32,
          header: { laterality, viewPosition },
          geometry: { cropBox: unitBox, isMirrored: false, contentBox: unitBox },
          warnings: [],
        }));
        const record = studyRecordSchema.parse({ studyId, recipeHash: "0", images: records });
        await store.putOnce(objectNames.record(runId, studyId), jsonBytes(record));
        return { done: "now", ms: 0 };
      },
    },
  });

  const collect = consume({
    ...shared,
    queue: "collect",
    redis: await worker(),
    concurrency: 4,
    handlers: {
      shard: (_, { job, token }) =>
        runShard(job, token, { queues, store, settings: loadSettings({ highWaterMark: 1000 }) }),
      manifest: async ({ runId, generation }) => {
        const config = await readRunConfig(store, runId);
        const counts = { done: 0, failed: 0 };
        const manifest: ManifestLine[] = [];
        for (let shard = 0; shard < config.shards; shard++)
          for (const line of (await readLines(store, objectNames.shard(runId, shard), shardLineSchema)) ?? []) {
            counts[line.done ? "done" : "failed"]++;
            const study = rehearsedStudies(1000).find(({ studyId }) => studyId === line.studyId)!;
            if (line.done)
              manifest.push(
                ...study.images.map((image) => manifestLine({ ...image, studyId: study.studyId, split: study.split })),
              );
          }
        await closeStage(queues.redis, runId, "preprocess", counts);
        const tree = extractTree(config, generation, manifest);
        await startStage(queues, runId, "extract", tree, tree.children?.length ?? 0);
      },
      features: async ({ runId, generation }, context) => {
        const { values, failures } = await context.children();
        const config = await readRunConfig(store, runId);
        const index: FeaturesIndex = {
          manifestSha256: "0",
          backbones: {
            resnet18: { features: ["x"], activations: [], weights },
            mobilenetv2: {
              notRun: "WEIGHTS_MISSING: No weights of MobileNetV2 are here: run `mammoflow weights pull mobilenetv2`.",
            },
          },
        };
        await store.putOnce(objectNames.features(runId), jsonBytes(index));
        await closeStage(queues.redis, runId, "extract", {
          done: Object.keys(values).length,
          failed: Object.keys(failures).length,
        });
        const tree = learnTree(config, generation, index);
        await startStage(queues, runId, "learn", tree, tree.children?.length ?? 0);
      },
      report: async ({ runId }, context) => {
        const { values, failures } = await context.children();
        await store.putOnce(
          objectNames.report(runId),
          Buffer.from("<!doctype html><title>report</title><h1>The report</h1>"),
        );
        await store.putOnce(objectNames.comparison(runId), Buffer.from("experiment,f1\n"));
        await closeStage(queues.redis, runId, "learn", {
          done: Object.keys(values).length,
          failed: Object.keys(failures).length,
        });
        await endRun(queues.redis, runId, "done");
      },
    },
  });

  const extract = consume({
    ...shared,
    queue: "extract",
    redis: await worker(),
    concurrency: 1,
    handlers: {
      extract: async ({ backbone, shard }) => {
        await beforeJob({ kind: "extract", name: `${backbone} ${shard}` });
        if (backbone === "mobilenetv2")
          throw new AppError({ code: "WEIGHTS_MISSING", message: "No weights are here." });
        return { done: "now", address: "x", ms: 0 };
      },
    },
  });

  const learn = consume({
    ...shared,
    queue: "learn",
    redis: await worker(),
    concurrency: 1,
    handlers: {
      experiment: async ({ runId, experiment }, context) => {
        for (let epoch = 1; epoch <= 3; epoch++) {
          await context.progress({ epoch, epochs: 3 });
          await beforeJob({ kind: "experiment", name: experiment });
        }
        const name = objectNames.experiment(runId, experiment, "metrics.json");
        await store.putOnce(name, jsonBytes({ name: experiment, metrics: madeUpMetrics(experiment.length) }));
        return { done: "now", ms: 0 };
      },
    },
  });

  const consumers: Consumer[] = [preprocess, collect, extract, learn];
  return { close: async () => void (await Promise.all(consumers.map((consumer) => consumer.close()))) };
}

function madeUpMetrics(seed: number): ReturnType<typeof evaluateBinary> {
  const labels = Array.from({ length: 200 }, (_, row) => (row % 4 === 0 ? 1 : 0));
  const probabilities = labels.map((label, row) => (label * 0.4 + ((row * 7919 * seed) % 100) / 100) / 1.4);
  return evaluateBinary({ probabilities, labels, seed: 1, resamples: 100 });
}
