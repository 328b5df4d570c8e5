import { AppError } from "@mammoflow/runtime";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isLoopback } from "./loopback.ts";

/** Pages of ours: nothing from elsewhere, no inline script, no inline style. */
const ownPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface GuardOptions {
  /** What the service is called in sentences: `dashboard`. */
  service: string;
  /** Whether the service answers under this name (without port). Unless given: under this machine's names only. */
  isOwnName?: (hostname: string) => boolean;
  /** `always`: a change must say that it comes from the service's own pages. `if-told`: programs may say nothing. */
  origin: "always" | "if-told";
  /** How a refusal is answered. */
  answer: (refusal: AppError, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

/**
 * Refuses what a page of another origin could make a browser send here: requests under a foreign name (DNS rebinding,
 * `HOST_REFUSED`), and changes that do not come from the service's own pages (`ORIGIN_REFUSED`). Puts the security
 * headers on every answer.
 */
export function addGuard(app: FastifyInstance, { answer, ...rules }: GuardOptions): void {
  app.addHook("onRequest", async (request, reply) => {
    const refusal = refuse(request, rules);
    // Answered here: Bull Board would turn what is thrown into an answer of its own.
    return refusal && answer(refusal, request, reply);
  });
  app.addHook("onSend", async (_, reply) => {
    if (!reply.hasHeader("content-security-policy")) reply.header("content-security-policy", ownPolicy);
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
    reply.headers({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    });
  });
}

function refuse(
  { method, headers: { host = "", origin } }: FastifyRequest,
  { service, isOwnName = isLoopback, origin: rule }: Omit<GuardOptions, "answer">,
): AppError | undefined {
  if (!isOwnName(hostnameOf(`http://${host}`)))
    return new AppError({
      code: "HOST_REFUSED",
      message: `This ${service} answers only under its own names, on this machine localhost and 127.0.0.1.`,
    });
  if (["GET", "HEAD", "OPTIONS"].includes(method)) return undefined;
  // A proxy in front may have taken TLS off, so only the names are compared.
  if (origin === undefined ? rule === "if-told" : hostOf(origin) === host) return undefined;
  return new AppError({
    code: "ORIGIN_REFUSED",
    message: `Changes are accepted only from the ${service}'s own pages.`,
  });
}

function hostnameOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : "";
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
