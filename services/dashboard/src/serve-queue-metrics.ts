import { serveMetrics, type MetricsServer } from "@mammoflow/http";
import { queueNames, type Queues } from "@mammoflow/jobs";
import { askQueue } from "./ask-queue.ts";

/** What a monitor asks after, and what the queue calls it. */
const states = ["wait", "prioritized", "delayed", "active", "waiting-children", "failed"] as const;

/**
 * Serves to Prometheus how many jobs each queue has in each state, and nothing that names a run, a study or a file.
 *
 * @param port 0: any free one
 * @throws AppError `METRICS_PORT` when the port is taken
 */
export function serveQueueMetrics(queues: Queues, port: number): Promise<MetricsServer> {
  return serveMetrics(() => askQueue(queues, () => describeQueues(queues)), port);
}

/** Prometheus' text format, version 0.0.4. */
async function describeQueues({ queue }: Queues): Promise<string> {
  const lines = ["# HELP mammoflow_jobs Jobs of a queue by state.", "# TYPE mammoflow_jobs gauge"];
  for (const name of queueNames) {
    const counts = await queue[name].getJobCounts(...states);
    for (const state of states) lines.push(`mammoflow_jobs{queue="${name}",state="${state}"} ${counts[state] ?? 0}`);
  }
  return `${lines.join("\n")}\n`;
}
