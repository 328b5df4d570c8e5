import { failureOf, sendProblem, type Failure, type FailureKind } from "@mammoflow/http";
import type { FastifyReply, FastifyRequest } from "fastify";

const unreadable = { status: 422, title: "The image cannot be used" };
const compute = { status: 500, title: "The computation failed" };

/** Every kind of refusal and failure that an answer can be, by code. */
export const problemKinds: Record<string, FailureKind> = {
  BAD_REQUEST: { status: 400, title: "The request cannot be read" },
  IMAGES_MISSING: { status: 400, title: "No image was sent" },
  EXAM_SIZE: { status: 400, title: "Too many images, or too few" },
  KEY_MISSING: { status: 401, title: "An API key is needed" },
  KEY_REFUSED: { status: 401, title: "The API key does not hold" },
  KEY_SCOPE: { status: 403, title: "The API key is not for this" },
  ORIGIN_REFUSED: { status: 403, title: "This page may not ask" },
  NOT_FOUND: { status: 404, title: "Nothing lies here" },
  MODEL_UNKNOWN: { status: 404, title: "There is no such model here" },
  CARD_MISSING: { status: 404, title: "The model has no card yet" },
  METHOD: { status: 405, title: "The address does not take this method" },
  NOT_ACCEPTABLE: { status: 406, title: "No answer of the accepted types" },
  SLOW_REQUEST: { status: 408, title: "The request came too slowly" },
  BODY_SIZE: { status: 413, title: "The body is too large" },
  IMAGE_SIZE: { status: 413, title: "The image is too large" },
  MEDIA_TYPE: { status: 415, title: "The body is of a type that is not taken" },
  HOST_REFUSED: { status: 421, title: "Not under this name" },
  EXPLAIN_PART: { status: 422, title: "This model cannot be explained so" },
  "DICOM_*": unreadable,
  "IMAGE_*": unreadable,
  "RECIPE_*": unreadable,
  RATE_LIMIT: { status: 429, title: "Too many requests" },
  CHILD_CRASHED: compute,
  CHILD_MEMORY: compute,
  OVERLOADED: { status: 503, title: "Too many at once" },
  CLOSING: { status: 503, title: "The server is ending" },
  KEYS_FILE: { status: 503, title: "The API keys cannot be read" },
  CHILD_TIMEOUT: { status: 504, title: "It took too long" },
  TIME_LIMIT: { status: 504, title: "It took too long" },
};

/** Where a browser reads what each code means. */
const explanationsPage = "/docs";

/** Of a request's body. */
export const bodyLimitBytes = 32 * 2 ** 20;

export function describeFailure(error: unknown): Failure {
  const failure = failureOf(error, problemKinds);
  return failure.code === "BODY_SIZE"
    ? { ...failure, detail: `The body is larger than ${bodyLimitBytes / 2 ** 20} MiB: send fewer or smaller images.` }
    : failure;
}

/** Answers with what went wrong: as the Open Inference Protocol wants it under `/v2`, as problem details elsewhere. */
export function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = describeFailure(error);
  if (failure.status === 401) reply.header("www-authenticate", "Bearer");
  if (!/^\/v2(\/|\?|$)/.test(request.url)) return sendProblem(reply, failure, explanationsPage);
  if (failure.retryAfterS !== undefined) reply.header("retry-after", failure.retryAfterS);
  return reply
    .status(failure.status)
    .type("application/json")
    .send(JSON.stringify({ error: failure.detail }));
}
