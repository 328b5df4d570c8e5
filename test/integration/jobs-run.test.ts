import assert from "node:assert/strict";
import { join } from "node:path";
import {
  appendAudit,
  cancelRun,
  connectRedis,
  consume,
  linesBytes,
  jsonBytes,
  objectNames,
  openQueues,
  readAudit,
  readLines,
  readProgress,
  readRun,
  resumeRun,
  runShard,
  endRun,
  closeStage,
  shardLineSchema,
  submitRun,
  type Consumer,
  type IndexedStudy,
  type Queues,
  type RunConfig,
} from "@mammoflow/jobs";
import { AppError, createLogger, loadSettings } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import { datasetOfRun, runConfig } from "../fixtures/run-parts.ts";
import { useRedis } from "../support/redis.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const studies = (count: number): IndexedStudy[] =>
  Array.from({ length: count }, (_, index) => ({
    studyId: `study${index}`,
    dataset: "phantoms",
    split: index % 5 === 0 ? "test" : "training",
    images: [
      {
        imageId: `image${index}`,
        seriesId: "s",
        laterality: "L",
        viewPosition: "CC",
        birads: 1,
        density: "A",
        heightPx: 1,
        widthPx: 1,
        label: 0,
        rows: 1,
        source: "x",
        groups: {},
      },
    ],
  }));

const configOf = (runId: string, count: number, shardSize: number): RunConfig =>
  runConfig({
    runId,
    dataset: datasetOfRun(count, count),
    shardSize,
    shards: Math.ceil(count / shardSize),
  });

async function countOf(names: AsyncIterable<string>): Promise<number> {
  let count = 0;
  for await (const name of names) if (name !== "") count++;
  return count;
}

describe("a run through the queue", function () {
  this.timeout(60_000);
  const redis = useRedis();
  const folder = useTemporaryFolder();
  let store: ObjectStore;
  let queues: Queues;
  const consumers: Consumer[] = [];
  const log = createLogger("test", "silent");

  before(async () => {
    store = openStore(folder.path);
    queues = openQueues(await connectRedis(redis.url, "client"));
  });
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
  });
  after(async () => {
    await queues?.close();
    queues?.redis.disconnect();
  });

  /** Workers whose studies do nothing but leave their record, or what `study` says. */
  const startWorkers = async (
    study: (studyId: string) => Promise<void> = async () => {},
  ): Promise<{ manifests: number }> => {
    const seen = { manifests: 0 };
    const shared = { log, graceMs: 100, lockMs: 30_000 };
    consumers.push(
      consume({
        ...shared,
        queue: "preprocess",
        redis: await connectRedis(redis.url, "worker"),
        concurrency: 16,
        handlers: {
          study: async ({ runId, studyId }) => {
            if (await store.exists(objectNames.record(runId, studyId))) return { done: "before", ms: 0 };
            await study(studyId);
            await store.putOnce(
              objectNames.record(runId, studyId),
              jsonBytes({ studyId, recipeHash: "0", images: [] }),
            );
            return { done: "now", ms: 0 };
          },
        },
      }),
      consume({
        ...shared,
        queue: "collect",
        redis: await connectRedis(redis.url, "worker"),
        concurrency: 4,
        handlers: {
          shard: (_, { job, token }) =>
            runShard(job, token, { queues, store, settings: loadSettings({ highWaterMark: 1000 }) }),
          manifest: async ({ runId }) => {
            seen.manifests++;
            const progress = await readProgress(queues, runId);
            const stage = progress?.stages[0];
            await closeStage(queues.redis, runId, "preprocess", { done: stage?.done ?? 0, failed: stage?.failed ?? 0 });
            await endRun(queues.redis, runId, "done");
          },
        },
      }),
    );
    return seen;
  };

  const ended = async (runId: string): Promise<string> => {
    for (let waited = 0; waited < 40_000; waited += 50) {
      const run = await readRun(queues.redis, runId);
      if (run && run.state !== "running") return run.state;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${runId} did not end: ${JSON.stringify(await readProgress(queues, runId))}`);
  };

  it("does every study of every shard once and counts them", async () => {
    const seen = await startWorkers();
    await submitRun({ store, queues, who: "test" }, configOf("whole", 205, 50), studies(205));
    assert.equal(await ended("whole"), "done");
    const progress = await readProgress(queues, "whole");
    assert.equal(progress?.stages[0]?.done, 205);
    assert.equal(seen.manifests, 1);
  });

  it("keeps a failed study's reason, and goes on with the others", async () => {
    await startWorkers((studyId) =>
      studyId === "study7"
        ? Promise.reject(new AppError({ code: "DICOM_TRUNCATED", message: "x.dicom ends early." }))
        : Promise.resolve(),
    );
    await submitRun({ store, queues, who: "test" }, configOf("one-bad", 20, 10), studies(20));
    assert.equal(await ended("one-bad"), "done");
    const lines = await readLines(store, objectNames.shard("one-bad", 0), shardLineSchema);
    assert.deepEqual(lines?.[7], { studyId: "study7", done: false, reason: "DICOM_TRUNCATED: x.dicom ends early." });
    const stage = (await readProgress(queues, "one-bad"))?.stages[0];
    assert.deepEqual([stage?.done, stage?.failed], [19, 1]);
  });

  it("retries a fault that may pass, and the study succeeds", async () => {
    let calls = 0;
    await startWorkers(() => (++calls === 1 ? Promise.reject(new Error("passing")) : Promise.resolve()));
    await submitRun({ store, queues, who: "test" }, configOf("passing", 1, 10), studies(1));
    assert.equal(await ended("passing"), "done");
    assert.equal(calls, 2);
  });

  it("resumes from the store alone after the queue lost everything, and does only what is missing", async () => {
    await submitRun({ store, queues, who: "test" }, configOf("lost", 30, 10), studies(30));
    for (const { studyId } of studies(12))
      await store.putOnce(objectNames.record("lost", studyId), jsonBytes({ studyId, recipeHash: "0", images: [] }));
    await queues.redis.flushall();
    let worked = 0;
    await startWorkers(async () => void worked++);
    assert.deepEqual(await resumeRun({ store, queues, who: "test" }, "lost", { retryFailed: false }), {
      generation: 2,
      shards: 3,
    });
    assert.equal(await ended("lost"), "done");
    assert.equal(worked, 18);
    assert.equal((await readProgress(queues, "lost"))?.stages[0]?.done, 30);
  });

  it("retry runs the failed studies again, and only these", async () => {
    await startWorkers();
    await submitRun({ store, queues, who: "test" }, configOf("again", 10, 5), studies(10));
    await ended("again");
    await store.delete(objectNames.record("again", "study3"));
    const lines = await readLines(store, objectNames.shard("again", 0), shardLineSchema);
    const broken = lines!.map((line) =>
      line.studyId === "study3" ? { studyId: "study3", done: false, reason: "DICOM_TRUNCATED: x" } : line,
    );
    const version = (await store.get(objectNames.shard("again", 0)))!.version;
    await store.replace(objectNames.shard("again", 0), linesBytes(broken), version);
    assert.equal((await resumeRun({ store, queues, who: "test" }, "again", { retryFailed: false })).shards, 0);
    await ended("again");
    assert.equal((await resumeRun({ store, queues, who: "test" }, "again", { retryFailed: true })).shards, 1);
    await ended("again");
    assert.equal(await store.exists(objectNames.record("again", "study3")), true);
  });

  it("cancel stops within seconds, and what is done stays", async () => {
    await startWorkers((studyId) => new Promise((resolve) => setTimeout(resolve, studyId < "study15" ? 5 : 300)));
    await submitRun({ store, queues, who: "test" }, configOf("stopped", 400, 100), studies(400));
    await new Promise((resolve) => setTimeout(resolve, 600));
    await cancelRun({ store, queues, who: "test" }, "stopped");
    const waiting = async (): Promise<number> =>
      queues.queue.preprocess.getJobCountByTypes("wait", "active", "prioritized");
    for (let waited = 0; waited < 10_000 && (await waiting()) > 0; waited += 100)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(await waiting(), 0);
    assert.equal((await readRun(queues.redis, "stopped"))?.state, "cancelled");
    const records = await countOf(store.list("runs/stopped/records/"));
    assert.ok(records > 0 && records < 400, `${records} records`);
  });

  it("refuses a second run of the same name, in whatever store", async () => {
    await submitRun({ store, queues, who: "test" }, configOf("named", 5, 5), studies(5));
    const again = { code: "RUN_EXISTS" };
    await assert.rejects(submitRun({ store, queues, who: "test" }, configOf("named", 6, 5), studies(6)), again);
    const other = openStore(join(folder.path, "other"));
    await assert.rejects(submitRun({ store: other, queues, who: "test" }, configOf("named", 5, 5), studies(5)), again);
  });

  it("refuses to resume a run that is at work", async () => {
    await submitRun({ store, queues, who: "test" }, configOf("at-work", 5, 5), studies(5));
    await assert.rejects(resumeRun({ store, queues, who: "test" }, "at-work", { retryFailed: false }), {
      code: "RUN_RUNNING",
    });
  });

  it("names an unreachable queue and what to do", async () => {
    await assert.rejects(connectRedis("redis://user:secret@127.0.0.1:1", "client"), (error: AppError) => {
      assert.equal(error.code, "REDIS_UNREACHABLE");
      assert.match(error.message, /127\.0\.0\.1:1.*REDIS_URL/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  it("chains audit events, also when two write at once, and sees a change", async () => {
    await Promise.all(
      ["a", "b", "c"].map((action) => appendAudit(store, "audited", { who: "test", action, facts: {} })),
    );
    const whole = await readAudit(store, "audited");
    assert.equal(whole.events.length, 3);
    assert.equal(whole.isWhole, true);
    const name = `${objectNames.auditFolder("audited")}000002.json`;
    const second = (await store.get(name))!;
    await store.replace(name, Buffer.from(second.bytes.toString().replace("test", "eve")), second.version);
    assert.equal((await readAudit(store, "audited")).isWhole, false);
  });
});
