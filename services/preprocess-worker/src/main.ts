import { connectRedis, consume, createRunReader, openQueues, runShard } from "@mammoflow/jobs";
import {
  closeOnSignal,
  createLogger,
  createProcessPool,
  keepHeartbeat,
  loadSettings,
  requireRedisUrl,
  siblingModule,
} from "@mammoflow/runtime";
import { buildManifest } from "./build-manifest.ts";
import { gatherFeatures } from "./gather-features.ts";
import type { PrepareAnswer, PrepareRequest } from "./prepare-image-child.ts";
import { preprocessStudy } from "./preprocess-study.ts";
import { writeReport } from "./write-report.ts";

const settings = loadSettings();
const log = createLogger("preprocess-worker", settings.logLevel);
const url = requireRedisUrl(settings);
const queues = openQueues(await connectRedis(url, "worker"));
const runs = createRunReader(queues.redis, settings.gcsEndpoint);
const images = createProcessPool<PrepareRequest, PrepareAnswer>({
  module: siblingModule(import.meta.url, "prepare-image-child"),
  size: settings.concurrency,
  deadlineMs: settings.imageTimeoutMs,
  memoryMb: settings.childMemoryMb,
});

const studies = consume({
  queue: "preprocess",
  redis: await connectRedis(url, "worker"),
  concurrency: settings.concurrency,
  log,
  lockMs: settings.lockMs,
  graceMs: 10_000,
  handlers: {
    study: (payload, { signal }) => preprocessStudy(payload, { runs, images }, signal),
  },
});

const collecting = consume({
  queue: "collect",
  redis: await connectRedis(url, "worker"),
  concurrency: 4,
  log,
  lockMs: settings.lockMs,
  graceMs: 10_000,
  handlers: {
    shard: async ({ runId }, { job, token }) =>
      runShard(job, token, { queues, store: (await runs.open(runId)).store, settings }),
    manifest: async (payload, { children }) => buildManifest(payload, await children(), { runs, queues }),
    features: async (payload, { children }) => gatherFeatures(payload, await children(), { runs, queues }),
    report: async (payload, { children }) => writeReport(payload, await children(), { runs, queues, settings }),
  },
});

const heartbeat = keepHeartbeat({
  file: settings.heartbeatFile,
  isWell: async () => (await studies.isTaking()) && collecting.isTaking(),
});
closeOnSignal(
  [
    heartbeat,
    { close: async () => void (await Promise.all([studies.close(), collecting.close()])) },
    images,
    queues,
    { close: () => Promise.resolve(queues.redis.disconnect()) },
  ],
  log,
);
log.info({ concurrency: settings.concurrency }, "taking studies");
