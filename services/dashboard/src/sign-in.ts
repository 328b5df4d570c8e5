import { isLoopback, TryLaterError, type People, type SignedIn } from "@mammoflow/http";
import { AppError, type Logger } from "@mammoflow/runtime";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { signInPage } from "./pages/sign-in-page.ts";
import { sendPage } from "./send-page.ts";

const attemptSchema = z.object({
  name: z.string().max(200),
  password: z.string().max(1000),
  to: z.string().max(2000).optional(),
});

/** The page to sign in, and what its form and the one to sign out lead to. */
export function addSignIn(
  app: FastifyInstance,
  { people, signedIn, isSecure, log }: { people: People; signedIn: SignedIn; isSecure: boolean; log: Logger },
): void {
  /** Whether nobody on the way reads the password: it goes by TLS, or does not leave the machine, or its tunnel. */
  const isPrivate = ({ hostname }: FastifyRequest): boolean => isSecure || isLoopback(hostname);

  app.get<{ Querystring: { to?: string } }>("/login", { config: { isOpen: true } }, async (request, reply) => {
    const to = ownAddress(request.query.to);
    if (request.person) return reply.redirect(to, 303);
    signedIn.keepSecret(reply, signedIn.secretOf(request));
    return sendPage(reply, signInPage({ to, isPrivate: isPrivate(request), visitor: request }));
  });

  app.post("/login", { config: { isOpen: true } }, async (request, reply) => {
    const { name, password, to: asked } = attemptSchema.parse(request.body);
    const to = ownAddress(asked);
    try {
      signedIn.keepSecret(reply, await people.signIn({ name, password, address: request.ip }));
      return await reply.redirect(to, 303);
    } catch (error) {
      if (!(error instanceof AppError && error.code.startsWith("SIGN_IN_"))) throw error;
      log.warn({ code: error.code, address: request.ip }, "a sign-in was refused");
      if (error instanceof TryLaterError) reply.header("retry-after", error.retryAfterS);
      reply.status(error instanceof TryLaterError ? 429 : 401);
      return sendPage(
        reply,
        signInPage({ to, isPrivate: isPrivate(request), name, problem: error.message, visitor: request }),
      );
    }
  });

  app.post("/logout", { config: { isOpen: true } }, async (request, reply) => {
    await people.signOut(signedIn.secretOf(request), request.ip);
    return reply.redirect("/login", 303);
  });
}

/** Leads a browser to the page to sign in, and back; tells scripts and streams what is the matter. */
export function askToSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { accept = "*/*" } = request.headers;
  // A stream that is refused is asked for again and again; this one makes the page load itself anew.
  if (accept.includes("text/event-stream")) return reply.type("text/event-stream").send("event: leave\ndata: {}\n\n");
  if (request.method === "GET" && accept.includes("text/html"))
    return reply.redirect(request.url === "/" ? "/login" : `/login?to=${encodeURIComponent(request.url)}`, 303);
  return reply.status(401).send({ error: "Sign in at /login first." });
}

/** An address here, whatever was asked for. */
function ownAddress(asked: string | undefined): string {
  return asked !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(asked) && !asked.includes("\\") ? asked : "/";
}
