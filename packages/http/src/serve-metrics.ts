import { AppError, messageOf } from "@mammoflow/runtime";
import { fastify } from "fastify";

export interface MetricsServer {
  url: string;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` to Prometheus, on a port of its own that other machines reach.
 *
 * @param write the metrics in Prometheus' text format, version 0.0.4; what it throws is answered with 503
 * @param port 0: any free one
 * @throws AppError `METRICS_PORT` when the port is taken
 */
export async function serveMetrics(write: () => Promise<string>, port: number): Promise<MetricsServer> {
  const app = fastify({ forceCloseConnections: true });
  app.get("/metrics", async (_, reply) => {
    try {
      const text = await write();
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
