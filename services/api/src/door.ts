import { createRateLimit, type ApiKey, type ApiKeys } from "@mammoflow/http";
import { AppError, type Logger } from "@mammoflow/runtime";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Admission } from "./admission.ts";
import { logAudit, sha256 } from "./audit.ts";
import type { Metrics } from "./metrics.ts";
import type { Call, Operation } from "./operation.ts";
import { describeFailure } from "./problems.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Whose key it came with; null where none is asked for, and before it was looked at. */
    key: ApiKey | null;
    call: Call | null;
  }
  interface FastifyContextConfig {
    operation?: Operation;
  }
}

export interface DoorOptions {
  /** Undefined: nobody is asked for a key. */
  keys: ApiKeys | undefined;
  ratePerMinute: number;
  timeLimitMs: number;
  admission: Admission;
  metrics: Metrics;
  /** Of the audit lines. */
  log: Logger;
  /** Aborted when the server must end now. */
  ending: AbortSignal;
}

/**
 * What every request passes before its body is read: the key, its rate, the body's type, a place. Whatever becomes of it, its place is
 * given back, and it is counted and audited.
 */
export function addDoor(app: FastifyInstance, options: DoorOptions): void {
  const { keys, metrics, log } = options;
  const rate = createRateLimit(options.ratePerMinute);
  app.decorateRequest("key", null);
  app.decorateRequest("call", null);

  app.addHook("onRequest", async (request, reply) => {
    const { operation } = request.routeOptions.config;
    if (!operation) return;
    const startedAtMs = performance.now();
    const elapsedMs = (): number => performance.now() - startedAtMs;
    const { signal, end } = limits(options);
    const call: Call = { audit: {}, signal, elapsedMs };
    request.call = call;
    reply.raw.once("close", () => {
      end();
      metrics.answered(operation.id, reply.raw.writableFinished ? reply.statusCode : goneAway, elapsedMs() / 1000);
      if (operation.scope && operation.tag !== "service") logAudit(log, request, reply, call);
    });
    if (operation.scope) {
      if (keys) request.key = await keys.check(request.headers.authorization, operation.scope);
      rate.take(request.key?.id ?? "anybody");
    }
    requireType(request, operation);
    if (operation.takesPlace) reply.raw.once("close", options.admission.enter());
  });
  app.addHook("onSend", async ({ call, routeOptions }, _, payload) => {
    const isWhole = typeof payload === "string" || Buffer.isBuffer(payload);
    if (call && isWhole && routeOptions.config.operation?.takesPlace) call.audit.answer = sha256(payload);
    return payload;
  });
  app.addHook("onError", async (request, _, error) => {
    const { status, code } = describeFailure(error);
    metrics.refused(code);
    // What was not foreseen: the sentence is for the log alone, and names no file.
    if (status === 500) log.error({ err: error, request: request.id }, "a request failed");
  });
}

/** The status that proxies log for a client that did not wait. */
const goneAway = 499;

function requireType({ headers }: FastifyRequest, { takes }: Operation): void {
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (!takes || (type !== undefined && Object.keys(takes).includes(type))) return;
  throw new AppError({
    code: "MEDIA_TYPE",
    message: `Send the body as ${Object.keys(takes).join(", ")}, and say so in Content-Type.`,
  });
}

/** A signal that ends with the time or the server, or with `end`: when the client has its answer, or has gone. */
function limits({ timeLimitMs, ending }: DoorOptions): { signal: AbortSignal; end: () => void } {
  const stop = new AbortController();
  const timer = setTimeout(
    () =>
      stop.abort(
        new AppError({
          code: "TIME_LIMIT",
          message: `It was not answered within ${timeLimitMs} ms and given up: send fewer at once, or smaller images.`,
        }),
      ),
    timeLimitMs,
  );
  const onEnding = (): void => stop.abort(ending.reason);
  ending.addEventListener("abort", onEnding, { once: true });
  return {
    signal: stop.signal,
    end() {
      clearTimeout(timer);
      ending.removeEventListener("abort", onEnding);
      stop.abort(new AppError({ code: "CLIENT_GONE", message: "Nobody waits for the answer any more." }));
    },
  };
}
