import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { Failure } from "./failures.ts";

/** Problem details, RFC 9457; `code` is ours and stable. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: "Where this kind of problem is explained.", format: "uri-reference" }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: "What happened and what to do." }),
    code: z.string().meta({ description: "Stable name of this kind of problem." }),
    instance: z.string().meta({ description: "The request's id, as the log has it." }),
  })
  .meta({ id: "Problem", description: "Problem details, RFC 9457." });

export type Problem = z.infer<typeof problemSchema>;

/**
 * Answers with problem details.
 *
 * @param explanations the page that explains each code under its name as a fragment
 */
export function sendProblem(reply: FastifyReply, failure: Failure, explanations: string): FastifyReply {
  const { status, title, detail, code, retryAfterS } = failure;
  const problem: Problem = {
    type: `${explanations}#${code}`,
    title,
    status,
    detail,
    code,
    instance: `urn:request:${reply.request.id}`,
  };
  if (retryAfterS !== undefined) reply.header("retry-after", retryAfterS);
  return reply.status(status).type("application/problem+json").send(JSON.stringify(problem));
}
