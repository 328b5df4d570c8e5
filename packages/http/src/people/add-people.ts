import cookie from "@fastify/cookie";
import { AppError } from "@mammoflow/runtime";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { createFormTokens } from "./form-tokens.ts";
import type { People, Person } from "./people.ts";
import { may, rolesWith, type Right } from "./roles.ts";
import { newSecret } from "./sessions.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; set before a route's handler runs, except where the route is open and nobody is signed in. */
    person: Person | undefined;
    /** Stands in every form of the page that answers. */
    formToken: string;
  }
  interface FastifyContextConfig {
    /** For everybody, signed in or not. */
    isOpen?: boolean;
    /** What the person must be allowed to do. */
    right?: Right;
  }
}

export interface AddPeopleOptions {
  people: People;
  /** Browsers reach the service by TLS, perhaps through a proxy that takes it off. */
  isSecure: boolean;
  /** Answers who has to sign in first. */
  askToSignIn: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  /** How a refusal is answered. */
  answer: (refusal: AppError, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

export interface SignedIn {
  /** Gives the browser a new secret, so that one that was planted before is worth nothing. */
  keepSecret(reply: FastifyReply, secret: string): void;
  secretOf(request: FastifyRequest): string;
  /** Gives scripts of the pages under `path` the form token, as axios looks for it. */
  showFormToken(request: FastifyRequest, reply: FastifyReply, path: string): void;
}

/**
 * Lets in who may: looks who sends each request, refuses what the person's role does not come with
 * (`ROLE_REFUSED`), and changes without the token of the service's own forms (`FORM_REFUSED`).
 */
export async function addPeople(
  app: FastifyInstance,
  { people, isSecure, askToSignIn, answer }: AddPeopleOptions,
): Promise<SignedIn> {
  const name = isSecure ? "__Host-mammoflow" : "mammoflow";
  const shared = { secure: isSecure, sameSite: "lax", path: "/" } as const;
  const tokens = createFormTokens();
  const secrets = new WeakMap<FastifyRequest, string>();
  const secretOf = (request: FastifyRequest): string => secrets.get(request) ?? "";
  const keepSecret = (reply: FastifyReply, secret: string): void =>
    void reply.setCookie(name, secret, { ...shared, httpOnly: true });

  await app.register(cookie);
  app.decorateRequest("person", undefined);
  app.decorateRequest("formToken", "");

  app.addHook("onRequest", async (request, reply) => {
    const { isOpen = false, right } = request.routeOptions.config;
    const sent = request.cookies[name];
    const secret = sent !== undefined && /^[\w-]{43}$/.test(sent) ? sent : newSecret();
    if (secret !== sent && !isOpen) keepSecret(reply, secret);
    secrets.set(request, secret);
    request.formToken = tokens.tokenFor(secret);
    request.person = await people.find(sent);
    if (isOpen) return undefined;
    if (!request.person) return askToSignIn(request, reply);
    return right === undefined || may(request.person.role, right)
      ? undefined
      : answer(roleRefused(request.person, right), request, reply);
  });
  app.addHook("preHandler", async (request, reply) => {
    if (["GET", "HEAD", "OPTIONS"].includes(request.method)) return undefined;
    if (tokens.isRight(secretOf(request), tokenIn(request))) return undefined;
    return answer(formRefused(), request, reply);
  });
  return {
    keepSecret,
    secretOf,
    showFormToken: (request, reply, path) =>
      void reply.setCookie("XSRF-TOKEN", request.formToken, { ...shared, path, httpOnly: false }),
  };
}

/** @returns why the person may not, in a sentence that says who may */
export function roleRefused({ name, role }: Person, right: Right): AppError {
  return new AppError({
    code: "ROLE_REFUSED",
    message: `${name} is signed in as ${role}, and this takes the role ${rolesWith(right)}: whoever looks after this server changes it by \`mammoflow users role ${name} ROLE\`.`,
  });
}

function formRefused(): AppError {
  return new AppError({
    code: "FORM_REFUSED",
    message:
      "This form is older than your session, or not from here: nothing was changed. Load the page again and repeat.",
  });
}

function tokenIn({ body, headers }: FastifyRequest): unknown {
  if (typeof body === "object" && body !== null && "formToken" in body) return body.formToken;
  return headers["x-xsrf-token"];
}
