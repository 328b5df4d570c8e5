import { problemSchema, type FailureKind } from "@mammoflow/http";
import { z } from "zod";
import { grouped } from "./grouped.ts";
import type { Content, Operation } from "./operation.ts";
import { problemKinds } from "./problems.ts";
import { inferenceErrorSchema } from "./schemas/inference.ts";

type Json = Record<string, unknown>;

/**
 * The API in OpenAPI 3.1, from the list that the server registers and the schemas that it checks with.
 *
 * @param needsKey whether this server asks for keys
 */
export function describeApi(
  operations: Operation[],
  { version, needsKey }: { version: string; needsKey: boolean },
): Json {
  const components = new Map<string, Json>();
  const paths: Record<string, Json> = {};
  for (const operation of operations)
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describeOperation(operation, components, needsKey),
    };
  return {
    openapi: "3.1.0",
    info: {
      title: "mammoflow",
      version,
      summary: "A trained model of a run, over HTTP.",
      description: "Research use only. Human review required.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    // What the codes of problems mean, for the page to which their `type` leads.
    "x-problems": problemKinds,
    paths,
    components: {
      schemas: Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      ...(needsKey && {
        securitySchemes: {
          key: { type: "http", scheme: "bearer", description: "An API key, made by `mammoflow keys add`." },
        },
      }),
    },
  };
}

function describeOperation(operation: Operation, components: Map<string, Json>, needsKey: boolean): Json {
  const { id, summary, description, tag, scope, takes, gives, parameters = {} } = operation;
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    tags: [tag],
    ...(needsKey && scope && { security: [{ key: [] }] }),
    ...(needsKey && scope && { "x-scope": scope }),
    ...(Object.keys(parameters).length > 0 && {
      parameters: Object.entries(parameters).map(([name, { schema, description, example }]) => ({
        name,
        in: "path",
        required: true,
        description,
        example,
        schema: describeSchema(schema, components, "input"),
      })),
    }),
    ...(takes && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          Object.entries(takes).map(([type, { content, example }]) => [
            type,
            { ...describeContent(content, type, components, "input"), ...(example !== undefined && { example }) },
          ]),
        ),
      },
    }),
    responses: {
      200: {
        description: "All went well.",
        content: Object.fromEntries(
          Object.entries(gives).map(([type, content]) => [type, describeContent(content, type, components, "output")]),
        ),
      },
      ...describeRefusals(operation, components, needsKey),
    },
  };
}

/** The codes that an operation may end in, by status. */
function describeRefusals(operation: Operation, components: Map<string, Json>, needsKey: boolean): Json {
  const isInference = operation.tag === "open inference protocol";
  const type = isInference ? "application/json" : "application/problem+json";
  const schema = describeSchema(isInference ? inferenceErrorSchema : problemSchema, components, "output");
  const codes = [
    ...(operation.refuses ?? []),
    ...(operation.scope ? ["RATE_LIMIT"] : []),
    ...(needsKey && operation.scope ? ["KEY_MISSING", "KEY_REFUSED", "KEY_SCOPE", "KEYS_FILE"] : []),
    ...(operation.takesPlace ? ["OVERLOADED", "CLOSING", "TIME_LIMIT"] : []),
    ...(operation.method === "POST" ? ["ORIGIN_REFUSED"] : []),
    ...(needsKey ? [] : ["HOST_REFUSED"]),
  ];
  const kinds = codes.flatMap((code) => (problemKinds[code] ? [{ code, ...problemKinds[code] }] : []));
  return Object.fromEntries(
    [...grouped(kinds, ({ status }) => status)].map(([status, same]) => [
      status,
      {
        description: describeKinds(same),
        ...([429, 503].includes(status) && {
          headers: { "Retry-After": { description: "Seconds.", schema: { type: "integer", minimum: 1 } } },
        }),
        content: isHealth(operation, status)
          ? {
              "application/json": describeContent(
                operation.gives["application/json"] ?? "bytes",
                "",
                components,
                "output",
              ),
            }
          : { [type]: { schema } },
      },
    ]),
  );
}

/** What is asked after health says itself that it is not well. */
function isHealth({ refuses = [], takesPlace = false }: Operation, status: number): boolean {
  return status === 503 && !takesPlace && refuses.includes("CLOSING");
}

function describeKinds(kinds: (FailureKind & { code: string })[]): string {
  return [...grouped(kinds, ({ title }) => title)]
    .map(([title, same]) => `${title} (${same.map(({ code }) => code).join(", ")}).`)
    .join(" ");
}

function describeContent(content: Content, type: string, components: Map<string, Json>, io: "input" | "output"): Json {
  if (content !== "bytes") return { schema: describeSchema(content, components, io) };
  // OpenAPI 3.1: bytes as they are need no schema; text is a string.
  return type.startsWith("text/") ? { schema: { type: "string" } } : {};
}

/** A schema with a name becomes a component that others refer to. */
function describeSchema(schema: z.ZodType, components: Map<string, Json>, io: "input" | "output"): Json {
  const { $schema: _, $defs = {}, ...described } = z.toJSONSchema(schema, { unrepresentable: "any", io });
  for (const [name, definition] of Object.entries($defs)) components.set(name, withComponents(definition));
  return withComponents(described);
}

/** References into `$defs` point to components instead. */
function withComponents(schema: unknown): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}
