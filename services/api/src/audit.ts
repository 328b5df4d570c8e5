import { createHash } from "node:crypto";
import type { Logger } from "@mammoflow/runtime";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Call } from "./operation.ts";

/**
 * One line for each request: which key asked for what, when, and hashes of what came and what was answered. No image, no header,
 * no file's name and no result: who holds image and answer can show with the hashes that they belong together.
 */
export function logAudit(
  log: Logger,
  { key, id, routeOptions }: FastifyRequest,
  reply: FastifyReply,
  call: Call,
): void {
  const { images, answer, version } = call.audit;
  log.info(
    {
      audit: true,
      request: id,
      key: key?.id ?? null,
      operation: routeOptions.config.operation?.id,
      status: reply.raw.writableFinished ? reply.statusCode : "client gone",
      ms: Math.round(call.elapsedMs()),
      images,
      answer,
      version,
    },
    "answered",
  );
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
