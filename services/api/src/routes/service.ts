import { readFile } from "node:fs/promises";
import type { ServedModel } from "@mammoflow/serving";
import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics.ts";
import type { Operation } from "../operation.ts";
import { aliveSchema, readySchema } from "../schemas/health.ts";

/** `/healthz`, `/readyz`, `/metrics`. */
export function serviceOperations(
  { facts: { id, version } }: ServedModel,
  metrics: Metrics,
  isClosing: () => boolean,
): Operation[] {
  return [
    {
      id: "alive",
      method: "GET",
      path: "/healthz",
      summary: "Whether the process answers",
      tag: "service",
      gives: { "application/json": aliveSchema },
      handle: async () => aliveSchema.parse({ status: "ok" }),
    },
    {
      id: "ready",
      method: "GET",
      path: "/readyz",
      summary: "Whether requests should be sent here: not once it is ending",
      tag: "service",
      gives: { "application/json": readySchema },
      refuses: ["CLOSING"],
      async handle(_, reply) {
        if (isClosing()) reply.status(503);
        return readySchema.parse({ status: isClosing() ? "closing" : "ok", model: id, version });
      },
    },
    {
      id: "metrics",
      method: "GET",
      path: "/metrics",
      summary: "Counts for Prometheus",
      tag: "service",
      scope: "read",
      gives: { "text/plain": "bytes" },
      handle: async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()),
    },
  ];
}

/** The description and the page to try it, which asks this server only. */
export async function addDocumentation(app: FastifyInstance, description: object): Promise<void> {
  const text = JSON.stringify(description);
  app.get("/openapi.json", async (_, reply) => reply.type("application/json").send(text));
  const assets = {
    "/docs": ["docs.html", "text/html; charset=utf-8"],
    "/docs/docs.js": ["docs.js", "text/javascript; charset=utf-8"],
    "/docs/docs.css": ["docs.css", "text/css; charset=utf-8"],
  } as const;
  for (const [path, [name, type]] of Object.entries(assets)) {
    const bytes = await readFile(new URL(`../../assets/${name}`, import.meta.url));
    app.get(path, async (_, reply) =>
      reply.type(type).header("content-security-policy", pagePolicy).header("cache-control", "no-cache").send(bytes),
    );
  }
}

/** As the guard's own, and pictures that the page itself has received. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
