import type { FastifyInstance } from "fastify";

/** What a form holds at most. */
const bodyLimit = 16_384;

/** Reads the bodies of forms: a name that comes more than once gives a list. */
export function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string", bodyLimit }, (_, body, done) =>
    done(null, fieldsOf(String(body))),
  );
}

function fieldsOf(body: string): Record<string, string | string[]> {
  const fields = new URLSearchParams(body);
  return Object.fromEntries(
    [...new Set(fields.keys())].map((name) => {
      const [first = "", ...others] = fields.getAll(name);
      return [name, others.length === 0 ? first : [first, ...others]];
    }),
  );
}
