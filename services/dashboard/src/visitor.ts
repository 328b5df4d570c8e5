import { may, type Right } from "@mammoflow/http";
import type { FastifyRequest } from "fastify";

/** For whom a page is made. */
export type Visitor = Pick<FastifyRequest, "person" | "formToken">;

export function visitorMay({ person }: Visitor, right: Right): boolean {
  return person !== undefined && may(person.role, right);
}
