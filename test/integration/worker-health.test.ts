import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  connectRedis,
  consume,
  openQueues,
  untilDrained,
  type Consumer,
  type Queues,
  type QueueName,
} from "@mammoflow/jobs";
import { createLogger } from "@mammoflow/runtime";
import { noGpu, skipUnless } from "../support/parts.ts";
import { useRedis } from "../support/redis.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/waiting.ts";

const experiment = { runId: "run", experiment: "resnet18-none-head-s1" };

const worksOn = (signal: AbortSignal): Promise<void> => sleep(60_000, undefined, { signal });

describe("a worker that is watched", () => {
  const server = useRedis();
  const folder = useTemporaryFolder();
  let queues: Queues;
  const children: ChildProcess[] = [];
  const consumers: Consumer[] = [];

  before(async () => {
    queues = openQueues(await connectRedis(server.url, "client"));
  });
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await queues.redis.flushall();
  });
  after(async () => {
    await queues.close();
    queues.redis.disconnect();
  });

  const start = (service: string, args: string[] = [], environment: Record<string, string> = {}): ChildProcess => {
    const main = join(import.meta.dirname, "../../services", service, "src/main.ts");
    const child = spawn(process.execPath, ["--conditions=source", "--import=tsx", main, ...args], {
      env: { ...process.env, REDIS_URL: server.url, LOG_LEVEL: "silent", ...environment },
      stdio: ["ignore", "inherit", "pipe"],
    });
    children.push(child);
    return child;
  };
  const consumeWith = async (
    queue: QueueName,
    handler: (signal: AbortSignal) => Promise<unknown>,
    lockMs = 30_000,
  ): Promise<Consumer> => {
    const consumer = consume({
      queue,
      handlers: { experiment: (_, { signal }) => handler(signal) },
      redis: await connectRedis(server.url, "worker"),
      concurrency: 1,
      log: createLogger("test", "silent"),
      lockMs,
      graceMs: 0,
      stuckAfterMs: 300,
    });
    consumers.push(consumer);
    return consumer;
  };

  it("writes its heartbeat once it takes jobs, and none while nobody answers at its queue's address", async () => {
    const [taking, away] = [join(folder.path, "taking"), join(folder.path, "away")];
    start("train-worker", [], { MAMMOFLOW_HEARTBEAT_FILE: away, REDIS_URL: "redis://127.0.0.1:1" });
    const child = start("preprocess-worker", [], { MAMMOFLOW_HEARTBEAT_FILE: taking });
    await until(() => existsSync(taking));
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.ok(!existsSync(away));
  });

  it("sees that it takes no jobs though it has room and jobs wait", async () => {
    await queues.queue.learn.setGlobalConcurrency(1);
    await queues.queue.learn.addBulk([1, 2].map(() => ({ name: "experiment", data: experiment })));
    const takes = await consumeWith("learn", worksOn);
    await until(() => takes.busy === 1);
    const takesNone = await consumeWith("learn", worksOn);
    await until(() => takesNone.isTaking());
    await until(async () => !(await takesNone.isTaking()));
    assert.ok(await takes.isTaking());
  });

  it("ends with 0 when it is to drain a queue that is empty, and with 2 for a queue that it does not have", async () => {
    assert.deepEqual(await once(start("train-worker", ["--drain", "learn"]), "exit"), [0, null]);
    assert.deepEqual(await once(start("train-worker", ["--drain", "preprocess"]), "exit"), [2, null]);
  });

  it("takes no job where it is to compute on a GPU and there is none", async function () {
    skipUnless(this, noGpu);
    const worker = start("train-worker", ["--drain", "learn"], { MAMMOFLOW_DEVICE: "gpu", LOG_LEVEL: "fatal" });
    let said = "";
    worker.stderr?.on("data", (text: Buffer) => (said += text.toString()));
    assert.deepEqual(await once(worker, "close"), [1, null]);
    assert.match(said, /MAMMOFLOW_DEVICE is gpu, but TensorFlow finds no GPU: .*nvidia-smi/);
  });

  it("is drained only when what failed was tried again and what a dead worker left was done", async () => {
    let tries = 0;
    await queues.queue.learn.add("experiment", experiment, { attempts: 2, backoff: 300 });
    // A job whose worker is gone: active, with no lock.
    await queues.queue.learn.add("experiment", experiment);
    await queues.redis.rpoplpush(queues.queue.learn.toKey("wait"), queues.queue.learn.toKey("active"));
    const consumer = await consumeWith(
      "learn",
      () => {
        tries++;
        return tries === 1 ? Promise.reject(new Error("once")) : Promise.resolve({});
      },
      1000,
    );
    await untilDrained(queues, "learn", consumer, 50);
    assert.equal(tries, 3);
    assert.equal(await queues.queue.learn.getJobCountByTypes("active", "wait", "delayed"), 0);
  });

  it("is not drained by a job that it takes while it is asked", async () => {
    for (let round = 0; round < 15; round++) {
      let done = 0;
      await queues.queue.learn.add("experiment", experiment);
      const consumer = await consumeWith("learn", async (signal) => {
        await sleep(30, undefined, { signal });
        done++;
      });
      await untilDrained(queues, "learn", consumer, 1);
      assert.equal(done, 1, `round ${round}`);
      await consumer.close();
    }
    consumers.length = 0;
  });

  it("does not wait for the jobs of others", async () => {
    await queues.queue.learn.add("experiment", experiment);
    const works = await consumeWith("learn", worksOn);
    await until(() => works.busy === 1);
    const comesLate = await consumeWith("learn", worksOn);
    await untilDrained(queues, "learn", comesLate, 50);
  });
});
