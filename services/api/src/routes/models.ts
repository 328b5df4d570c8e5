import { AppError } from "@mammoflow/runtime";
import type { ModelFacts, ServedModel } from "@mammoflow/serving";
import { z } from "zod";
import { accepted } from "../accepted.ts";
import type { Operation } from "../operation.ts";
import { modelSchema, modelsSchema } from "../schemas/models.ts";

/** `GET /v1/models` and `GET /v1/models/{id}`. */
export function modelOperations({ facts }: ServedModel): Operation[] {
  const { id, version, backbone, part, isSynthetic } = facts;
  const href = `/v1/models/${encodeURIComponent(id)}`;
  return [
    {
      id: "listModels",
      method: "GET",
      path: "/v1/models",
      summary: "The model that answers here",
      tag: "models",
      scope: "read",
      gives: { "application/json": modelsSchema },
      handle: async () => modelsSchema.parse({ models: [{ id, href, version, backbone, part, isSynthetic }] }),
    },
    {
      id: "readModel",
      method: "GET",
      path: "/v1/models/{id}",
      summary: "A model's facts and its card",
      description: "The card alone with `Accept: text/markdown`.",
      tag: "models",
      scope: "read",
      parameters: {
        id: { schema: z.string(), description: "RUN/EXPERIMENT with the slash as %2F, or EXPERIMENT.", example: id },
      },
      gives: { "application/json": modelSchema, "text/markdown": "bytes" },
      refuses: ["MODEL_UNKNOWN", "CARD_MISSING", "NOT_ACCEPTABLE"],
      async handle(request, reply) {
        const { id: asked } = request.params as { id: string };
        requireModel(facts, asked);
        const type = accepted(request.headers.accept, ["application/json", "text/markdown"]);
        if (type === "application/json") return modelSchema.parse(facts);
        if (facts.card !== null) return reply.type("text/markdown; charset=utf-8").send(facts.card);
        throw new AppError({
          code: "CARD_MISSING",
          message: `${id} has no card yet: the run's report makes it.`,
        });
      },
    },
  ];
}

/** @throws AppError `MODEL_UNKNOWN` unless it is this model, by `RUN/EXPERIMENT` or by its experiment */
export function requireModel({ id, experiment }: ModelFacts, asked: string): void {
  if (asked === id || asked === experiment) return;
  throw new AppError({ code: "MODEL_UNKNOWN", message: `Here answers ${id} only.` });
}
