import { connectRedis, consume, createRunReader, openQueues } from "@mammoflow/jobs";
import {
  closeOnSignal,
  createLogger,
  createProcessPool,
  loadSettings,
  requireRedisUrl,
  siblingModule,
} from "@mammoflow/runtime";
import { extractFeatures } from "./extract-features.ts";
import type { LearnAnswer, LearnRequest } from "./learn-child.ts";
import { learnExperiment } from "./learn-experiment.ts";

const settings = loadSettings();
const log = createLogger("train-worker", settings.logLevel);
const url = requireRedisUrl(settings);
const queues = openQueues(await connectRedis(url, "worker"));
const runs = createRunReader(queues.redis, settings.gcsEndpoint);
// TensorFlow blocks its thread and uses every core: one child for both queues, so that the queue's locks stay alive here.
const children = createProcessPool<LearnRequest, LearnAnswer>({
  module: siblingModule(import.meta.url, "learn-child"),
  size: 1,
  deadlineMs: settings.experimentTimeoutMs,
  memoryMb: settings.trainMemoryMb,
  environment: { TF_CPP_MIN_LOG_LEVEL: "3" },
});
const deps = { runs, children, settings, log };

const extracting = consume({
  queue: "extract",
  redis: await connectRedis(url, "worker"),
  concurrency: 1,
  log,
  lockMs: settings.lockMs,
  graceMs: 1000,
  handlers: { extract: (payload, context) => extractFeatures(payload, deps, context) },
});
const learning = consume({
  queue: "learn",
  redis: await connectRedis(url, "worker"),
  concurrency: 1,
  log,
  lockMs: settings.lockMs,
  graceMs: 1000,
  handlers: { experiment: (payload, context) => learnExperiment(payload, deps, context) },
});

closeOnSignal(
  [
    { close: async () => void (await Promise.all([extracting.close(), learning.close()])) },
    children,
    queues,
    { close: () => Promise.resolve(queues.redis.disconnect()) },
  ],
  log,
);
log.info("taking feature shards and experiments");
