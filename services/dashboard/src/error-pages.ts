import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError, type Logger } from "@mammoflow/runtime";
import { z } from "zod";
import { messagePage } from "./pages/message-page.ts";
import { sendPage } from "./send-page.ts";

export function notFound(sentence: string): AppError {
  return new AppError({ code: "NOT_FOUND", message: sentence });
}

/** The HTTP status of the failures that a page foresees. */
const statuses: Record<string, number> = {
  NOT_FOUND: 404,
  STORAGE_NAME: 404,
  HOST_REFUSED: 421,
  ORIGIN_REFUSED: 403,
  ROLE_REFUSED: 403,
  FORM_REFUSED: 403,
  DATA_OUTSIDE: 404,
  NO_STORE: 409,
  RUN_RUNNING: 409,
  RUN_ENDED: 409,
  QUEUE_AWAY: 503,
};

const titles: Record<number, string> = {
  403: "This is not allowed",
  404: "There is no such page",
  409: "Not as things are",
  421: "Not under this name",
  502: "The store does not answer",
  503: "The queue is away",
};

/** Answers with a page (or, for scripts, a line of JSON) that says what is wrong and what to do. */
export function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, sentence } = describe(error);
  reply.status(status);
  if (!(request.headers.accept ?? "*/*").includes("text/html")) return reply.send({ error: sentence });
  const title = titles[status] ?? "Something went wrong";
  return sendPage(reply, messagePage({ title, sentence, waitsForQueue: status === 503 }, request));
}

/** Every failure of a page ends as a page. */
export function addErrorPages(app: FastifyInstance, log: Logger): void {
  app.setNotFoundHandler(() => {
    throw notFound("Nothing lies at this address. The list of runs leads to every page.");
  });
  app.setErrorHandler((error, request, reply) => {
    const { status } = describe(error);
    if (status >= 500 && status !== 503) log.error({ err: error, url: request.url }, "a page failed");
    return sendFailure(error, request, reply);
  });
}

function describe(error: unknown): { status: number; sentence: string } {
  if (error instanceof AppError)
    return { status: statuses[error.code] ?? (error.code.startsWith("STORAGE_") ? 502 : 500), sentence: error.message };
  if (error instanceof z.ZodError) return { status: 400, sentence: "The dashboard cannot make sense of this request." };
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return { status, sentence: "The dashboard cannot make sense of this request." };
  return { status: 500, sentence: "The dashboard did not foresee this; its log says more." };
}
