import { fastify } from "fastify";
import { queueNames, type Queues } from "@mammoflow/jobs";
import { AppError, messageOf } from "@mammoflow/runtime";
import { askQueue } from "./ask-queue.ts";

export interface Metrics {
  url: string;
  close(): Promise<void>;
}

/** What a monitor asks after, and what the queue calls it. */
const states = ["wait", "prioritized", "delayed", "active", "waiting-children", "failed"] as const;

/**
 * Serves `/metrics` to Prometheus, on a port of its own that other machines reach: how many jobs each queue has in each
 * state, and nothing that names a run, a study or a file.
 *
 * @param port 0: any free one
 * @throws AppError `METRICS_PORT` when the port is taken
 */
export async function serveMetrics(queues: Queues, port: number): Promise<Metrics> {
  const app = fastify({ forceCloseConnections: true });
  app.get("/metrics", async (_, reply) => {
    try {
      const text = await askQueue(queues, () => describeQueues(queues));
      return await reply.type("text/plain; version=0.0.4; charset=utf-8").send(text);
    } catch (error) {
      return reply
        .status(503)
        .type("text/plain; charset=utf-8")
        .send(`${messageOf(error)}\n`);
    }
  });
  const url = await app.listen({ host: "0.0.0.0", port }).catch((error: unknown) => {
    throw new AppError({
      code: "METRICS_PORT",
      message: `Metrics cannot be served on port ${port} (${messageOf(error)}): choose another by MAMMOFLOW_METRICS_PORT, or unset it.`,
      cause: error,
    });
  });
  return { url, close: () => app.close() };
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
