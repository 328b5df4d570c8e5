import { readAuditLog, type AuditSources } from "@mammoflow/jobs";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { askQueue } from "./ask-queue.ts";
import { notFound } from "./error-pages.ts";
import { auditPage } from "./pages/audit-page.ts";
import { sendPage } from "./send-page.ts";

const text = z
  .string()
  .trim()
  .max(200)
  .transform((given) => given || undefined)
  .optional();
const filterSchema = z.object({ run: text, who: text });

/** The audit log: who did what, newest first, of a run or of the newest runs, the dashboard and its users. */
export function addAudit(app: FastifyInstance, sources: AuditSources): void {
  app.get("/audit", { config: { right: "audit" } }, async (request, reply) => {
    const filter = filterSchema.parse(request.query);
    await askQueue(sources.queues, () => sources.queues.redis.ping());
    const log = await readAuditLog(sources, { runId: filter.run, who: filter.who });
    if (!log)
      throw notFound(`The queue knows no run ${filter.run}: the audit log shows what there is without a filter.`);
    return sendPage(reply, auditPage(log, filter, request));
  });
}
