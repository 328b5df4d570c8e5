import type { FastifyReply } from "fastify";

/** As for every page of ours, and its forms lead here alone. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type("text/html").header("content-security-policy", pagePolicy).send(page);
}
