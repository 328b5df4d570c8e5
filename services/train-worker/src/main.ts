import { parseArgs } from "node:util";
import { connectRedis, consume, createRunReader, openQueues, untilDrained, type Consumer } from "@mammoflow/jobs";
import {
  closeOnSignal,
  createLogger,
  createProcessPool,
  keepHeartbeat,
  loadSettings,
  messageOf,
  requireRedisUrl,
  siblingModule,
} from "@mammoflow/runtime";
import { extractFeatures } from "./extract-features.ts";
import type { LearnAnswer, LearnRequest } from "./learn-child.ts";
import { learnExperiment } from "./learn-experiment.ts";

const drained = queueToDrain();
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
// Refused before a job is taken: every other worker could do it.
if (settings.device === "gpu")
  await children.call({ kind: "load" }).catch((error: unknown) => {
    log.fatal(messageOf(error));
    process.exit(1);
  });
const deps = { runs, children, settings, log };

const start = {
  extract: async () =>
    consume({
      queue: "extract",
      redis: await connectRedis(url, "worker"),
      concurrency: 1,
      log,
      lockMs: settings.lockMs,
      graceMs: 1000,
      handlers: { extract: (payload, context) => extractFeatures(payload, deps, context) },
    }),
  learn: async () =>
    consume({
      queue: "learn",
      redis: await connectRedis(url, "worker"),
      concurrency: 1,
      log,
      lockMs: settings.lockMs,
      graceMs: 1000,
      handlers: { experiment: (payload, context) => learnExperiment(payload, deps, context) },
    }),
};
const consumers: Consumer[] = [];
for (const name of drained === undefined ? (["extract", "learn"] as const) : [drained])
  consumers.push(await start[name]());

const heartbeat = keepHeartbeat({
  file: settings.heartbeatFile,
  isWell: async () => (await Promise.all(consumers.map((consumer) => consumer.isTaking()))).every(Boolean),
});
const close = closeOnSignal(
  [
    heartbeat,
    { close: async () => void (await Promise.all(consumers.map((consumer) => consumer.close()))) },
    children,
    queues,
    { close: () => Promise.resolve(queues.redis.disconnect()) },
  ],
  log,
);
log.info(
  drained === undefined ? "taking feature shards and experiments" : `taking jobs of ${drained} until none is left`,
);
if (drained !== undefined) {
  await Promise.all(consumers.map((consumer) => untilDrained(queues, drained, consumer)));
  log.info(`nothing is left in ${drained}`);
  await close("drained");
}

/** `--drain QUEUE`: takes the jobs of this queue alone, and ends with 0 once none is left (a Kubernetes Job). */
function queueToDrain(): "extract" | "learn" | undefined {
  const options = { drain: { type: "string" } } as const;
  try {
    const { drain } = parseArgs({ options }).values;
    if (drain === undefined || drain === "extract" || drain === "learn") return drain;
    throw new Error(`A train worker has no queue ${drain}.`);
  } catch (error) {
    process.stderr.write(`train-worker: ${messageOf(error)} It knows --drain extract and --drain learn only.\n`);
    process.exit(2);
  }
}
