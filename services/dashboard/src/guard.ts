import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "@mammoflow/runtime";
import { sendFailure } from "./error-pages.ts";

/** The names under which a browser reaches this machine; a tunnel may change the port, never the name. */
const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * @param isFenced something else keeps strangers away, such as a container's port that is published on this machine alone
 * @throws AppError `DASHBOARD_HOST_OPEN` when the address could be reached from another machine: nothing here asks who
 * is there
 */
export function requireLoopback(host: string, isFenced: boolean): string {
  if (isFenced || loopback.has(host) || host === "::1") return host;
  throw new AppError({
    code: "DASHBOARD_HOST_OPEN",
    message: `The dashboard has no login and listens on this machine only, not on ${host}: leave MAMMOFLOW_DASHBOARD_HOST at 127.0.0.1 and reach it through an SSH tunnel or a proxy with a login, or set MAMMOFLOW_DASHBOARD_FENCED=true where something else keeps strangers away.`,
  });
}

/** Pages of ours: nothing from elsewhere, no inline script, no inline style. */
const ownPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Refuses what a page of another origin could make a browser send here: requests under a foreign name (DNS rebinding),
 * and changes that do not come from the dashboard's own pages. Puts the security headers on every answer.
 */
export function addGuard(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    const refusal = refuse(request);
    // Answered here: Bull Board would turn what is thrown into an answer of its own.
    return refusal && sendFailure(refusal, request, reply);
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

function refuse({ method, headers: { host, origin } }: FastifyRequest): AppError | undefined {
  if (!loopback.has(hostnameOf(`http://${host ?? ""}`)))
    return new AppError({
      code: "HOST_REFUSED",
      message: "This dashboard answers only under the names localhost and 127.0.0.1.",
    });
  if (["GET", "HEAD", "OPTIONS"].includes(method) || origin === `http://${host}`) return undefined;
  return new AppError({
    code: "ORIGIN_REFUSED",
    message: "Changes are accepted only from the dashboard's own pages.",
  });
}

function hostnameOf(origin: string): string {
  try {
    return new URL(origin).hostname;
  } catch {
    return "";
  }
}
