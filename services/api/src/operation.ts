import type { Scope } from "@mammoflow/http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";

/** A schema, or bytes of the media type. */
export type Content = z.ZodType | "bytes";

/** One thing that the API does: what the server registers and what `/openapi.json` describes are made of the same list. */
export interface Operation {
  id: string;
  method: "GET" | "POST";
  /** With parameters in braces: `/v1/models/{id}`. */
  path: string;
  summary: string;
  description?: string;
  tag: "predictions" | "models" | "open inference protocol" | "service";
  /** What a key must be for; absent: nobody is asked. */
  scope?: Scope;
  /** Takes one of the places of `Admission` from before its body is read until its answer is sent. */
  takesPlace?: boolean;
  /** What the parameters in the path are. */
  parameters?: Record<string, { schema: z.ZodType; description: string; example: string }>;
  /** Media types of the body. */
  takes?: Record<string, { content: Content; example?: unknown }>;
  /** Media types of the answer when all went well. */
  gives: Record<string, Content>;
  /** Codes of `problemKinds` that this operation may end in, besides those that every one may. */
  refuses?: string[];
  handle(request: FastifyRequest, reply: FastifyReply, call: Call): Promise<unknown>;
}

/** What belongs to one request. */
export interface Call {
  /** Aborted when the time is up, the client has gone, or the server ends. */
  signal: AbortSignal;
  /** Notes for the audit line; hashes only. */
  audit: AuditNotes;
  /** Since the request's first byte. */
  elapsedMs: () => number;
}

interface AuditNotes {
  /** sha256 of each image that came. */
  images?: string[];
  /** sha256 of the answer's body. */
  answer?: string;
  /** What decided: the model's version, itself a hash. */
  version?: string;
}
