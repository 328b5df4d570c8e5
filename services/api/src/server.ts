import { randomUUID } from "node:crypto";
import { addGuard, isLoopback, type ApiKeys } from "@mammoflow/http";
import { AppError, messageOf, type Logger } from "@mammoflow/runtime";
import type { ServedModel } from "@mammoflow/serving";
import { fastify, type FastifyInstance, type HTTPMethods } from "fastify";
import { createAdmission } from "./admission.ts";
import { createBodyMemory } from "./body-memory.ts";
import { addDoor } from "./door.ts";
import { grouped } from "./grouped.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { describeApi } from "./openapi.ts";
import type { Operation } from "./operation.ts";
import { bodyLimitBytes, sendFailure } from "./problems.ts";
import { addImageBodies } from "./read-images.ts";
import { inferenceOperations } from "./routes/inference.ts";
import { modelOperations } from "./routes/models.ts";
import { predictOperations } from "./routes/predict.ts";
import { addDocumentation, serviceOperations } from "./routes/service.ts";

export interface ApiOptions {
  /** It stays the caller's. */
  model: ServedModel;
  keys: ApiKeys;
  log: Logger;
  host: string;
  /** 0: any free one. */
  port: number;
  /** Requests about images that are answered at once, those that wait included. */
  places: number;
  ratePerMinute: number;
  timeLimitMs: number;
  /** Of the program. */
  version: string;
}

export interface Api {
  url: string;
  /** Whether requests need a key: unless only this machine reaches the server and no key was ever made. */
  needsKey: boolean;
  metrics: Metrics;
  /** Takes nothing new, answers what it has within `closingGraceMs`, and gives the rest up. */
  close(): Promise<void>;
}

/** A request that takes longer to arrive is cut off. */
const arrivalLimitMs = 30_000;
const closingGraceMs = 7000;

/**
 * Serves a model over HTTP.
 *
 * @throws AppError `API_PORT` when the port cannot be listened on
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { model, log, host, port, places, version } = options;
  const needsKey = !isLoopback(host) || (await options.keys.areKept());
  const admission = createAdmission(places);
  const metrics = createMetrics({ inFlight: () => admission.inFlight, places });
  const ending = new AbortController();
  let closing = false;
  const isClosing = (): boolean => closing;
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    requestTimeout: arrivalLimitMs,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) => void sendFailure(error, request, reply),
    return503OnClosing: false,
  });
  app.setErrorHandler((error, request, reply) => sendFailure(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendFailure(
      new AppError({ code: "NOT_FOUND", message: "Nothing lies at this address: /docs lists what does." }),
      request,
      reply,
    ),
  );
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  addGuard(app, {
    service: "API",
    origin: "if-told",
    answer: sendFailure,
    // Whoever has a key is no browser that was lured here.
    ...(needsKey && { isOwnName: () => true }),
  });
  addDoor(app, { ...options, keys: needsKey ? options.keys : undefined, admission, metrics, ending: ending.signal });
  const memory = createBodyMemory(bodyLimitBytes);
  addImageBodies(app, memory);
  const operations = [
    ...predictOperations(model, metrics, memory),
    ...modelOperations(model),
    ...inferenceOperations(model, { metrics, serverVersion: version, isClosing }),
    ...serviceOperations(model, metrics, isClosing),
  ];
  for (const operation of operations) addOperation(app, operation);
  refuseOtherMethods(app, operations);
  await addDocumentation(app, describeApi(operations, { version, needsKey }));

  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw new AppError({
      code: "API_PORT",
      message: `The API cannot listen on ${host}:${port} (${messageOf(error)}): stop what uses that port, or choose another by --port or PORT.`,
      cause: error,
    });
  });
  return {
    url,
    needsKey,
    metrics,
    async close() {
      closing = true;
      const giveUp = setTimeout(() => {
        log.warn({ closingGraceMs }, "still answering after the grace period: giving up the rest");
        ending.abort(new AppError({ code: "CLOSING", message: "The server is ending: ask another, or later." }));
        setTimeout(() => app.server.closeAllConnections(), 500).unref();
      }, closingGraceMs);
      await app.close();
      clearTimeout(giveUp);
    },
  };
}

function addOperation(app: FastifyInstance, operation: Operation): void {
  app.route({
    method: operation.method,
    url: routeOf(operation.path),
    config: { operation },
    handler: async (request, reply) => {
      // The door has made it for every operation.
      const answer = request.call && (await operation.handle(request, reply, request.call));
      return answer;
    },
  });
}

/** A known address under another method is 405 with what it takes, not 404. */
function refuseOtherMethods(app: FastifyInstance, operations: Operation[]): void {
  app.addHttpMethod("TRACE");
  const all: HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
  for (const [path, known] of grouped(operations, ({ path }) => path)) {
    const taken = known.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
    app.route({
      method: all.filter((method) => !taken.includes(method)),
      url: routeOf(path),
      handler: async (request, reply) =>
        sendFailure(
          new AppError({ code: "METHOD", message: `${path} takes ${taken.join(", ")} only.` }),
          request,
          reply.header("allow", taken.join(", ")),
        ),
    });
  }
}

/** `/v1/models/{id}` as the router writes it. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}
