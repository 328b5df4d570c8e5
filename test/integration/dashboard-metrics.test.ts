import assert from "node:assert/strict";
import { serveQueueMetrics } from "@mammoflow/dashboard/serve-queue-metrics";
import type { MetricsServer } from "@mammoflow/http";
import { connectRedis, openQueues, type Queues } from "@mammoflow/jobs";
import { useRedis } from "../support/redis.ts";

describe("the dashboard's metrics", () => {
  const redis = useRedis();
  let queues: Queues;
  let metrics: MetricsServer;

  before(async () => {
    queues = openQueues(await connectRedis(redis.url, "worker"));
    metrics = await serveQueueMetrics(queues, 0);
  });
  after(async () => {
    await metrics.close();
    await queues.close();
    queues.redis.disconnect();
  });

  const read = async (): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${new URL(metrics.url).port}/metrics`);
    return { status: answer.status, text: await answer.text() };
  };

  it("count each queue's jobs by state, in Prometheus' format", async () => {
    await queues.queue.learn.addBulk([1, 2, 3].map(() => ({ name: "experiment", data: {} })));
    await queues.queue.collect.add("shard", {}, { priority: 2 });
    const { status, text } = await read();
    assert.equal(status, 200);
    assert.match(text, /^mammoflow_jobs\{queue="learn",state="wait"\} 3$/m);
    assert.match(text, /^mammoflow_jobs\{queue="collect",state="prioritized"\} 1$/m);
    assert.match(text, /^mammoflow_jobs\{queue="preprocess",state="wait"\} 0$/m);
    const lines = text.trimEnd().split("\n");
    for (const line of lines)
      assert.match(line, /^(# (HELP|TYPE) mammoflow_jobs |mammoflow_jobs\{queue="\w+",state="[\w-]+"\} \d+$)/);
    assert.equal(lines.length, 2 + 4 * 6);
  });

  it("say that they cannot be had while the queue is away", async () => {
    queues.redis.disconnect();
    const { status, text } = await read();
    assert.equal(status, 503);
    assert.doesNotMatch(text, /mammoflow_jobs/);
  });
});
