import { invertedWarning, prepareImage, recipeHash, recipeSchema } from "@mammoflow/imaging";
import { AppError, loadSettings, messageOf, UsageError } from "@mammoflow/runtime";
import { warningCodes, type Prediction, type QualityWarning, type ServedModel } from "@mammoflow/serving";
import { z } from "zod";

const listSchema = z.object({ models: z.array(z.object({ href: z.string().regex(/^\/(?!\/)/) })).min(1) });
const factsSchema = z.object({
  version: z.string(),
  recipe: recipeSchema,
  recipeHash: z.string(),
});
const warningsSchema = z.array(
  z.object({ code: z.enum(warningCodes), message: z.string(), image: z.number().int().exactOptional() }),
);
const answerSchema = z.object({
  model: z.string(),
  version: z.string(),
  recipeHash: z.string(),
  level: z.enum(["image", "breast", "patient"]),
  probability: z.number(),
  calibrated: z.number().nullable(),
  label: z.union([z.literal(0), z.literal(1)]),
  threshold: z.number(),
  images: z.array(z.object({ probability: z.number(), unlikeness: z.number().nullable(), warnings: warningsSchema })),
  warnings: warningsSchema,
  review: z.literal("required"),
  timing: z.object({ decodeMs: z.number(), prepareMs: z.number(), networkMs: z.number() }),
});
const problemSchema = z.object({ detail: z.string(), code: z.string() });

/**
 * The model that a server answers with. Files are read here and go through the model's recipe here; what is sent is a PNG of the
 * recipe's size, of pixels alone: no header, no name.
 *
 * @throws UsageError for what is no address; AppError `SERVER_UNREACHABLE`, `SERVER_ANSWER`, or as the server refuses it
 */
export async function openServerModel(address: string): Promise<Pick<ServedModel, "ready" | "predict" | "close">> {
  const server = createClient(address);
  const { models } = await server.ask("/v1/models", listSchema);
  const facts = await server.ask(models[0]?.href ?? "", factsSchema);
  if (recipeHash(facts.recipe) !== facts.recipeHash)
    throw new AppError({
      code: "RECIPE_OTHER",
      message: `${address} prepares images by a recipe that this version reads otherwise: bring both to one version.`,
    });
  return {
    async predict(images) {
      const form = new FormData();
      const found: QualityWarning[] = [];
      for (const [place, { name, bytes }] of images.entries()) {
        const { png, warnings } = await prepareImage(bytes, facts.recipe, name);
        form.append("prepared", new Blob([new Uint8Array(png)], { type: "image/png" }), "image.png");
        found.push(...warnings.map((message) => ({ code: codeOf(message), message, image: place })));
      }
      const answer = await server.ask("/v1/predict", answerSchema, form);
      return withWarnings(answer, found);
    },
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

const codeOf = (message: string): QualityWarning["code"] =>
  message === invertedWarning ? "PHOTOMETRIC" : "PREPARATION";

/** What was odd about the files, which the server has not seen. */
function withWarnings(answer: Prediction, found: QualityWarning[]): Prediction {
  return {
    ...answer,
    images: answer.images.map((image, place) => ({
      ...image,
      warnings: [...found.flatMap(({ image: of, ...warning }) => (of === place ? [warning] : [])), ...image.warnings],
    })),
    warnings: [...found, ...answer.warnings],
  };
}

interface Client {
  /** @param form sent, where there is one; else the address is read */
  ask<Answer>(path: string, schema: z.ZodType<Answer>, form?: FormData): Promise<Answer>;
}

function createClient(address: string): Client {
  if (!URL.canParse(address) || !/^https?:/.test(address))
    throw new UsageError(`${address} is no address of a server: give one such as http://127.0.0.1:8080.`);
  const { apiKey, apiTimeoutMs } = loadSettings();
  const headers = { accept: "application/json", ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) };
  return {
    async ask(path, schema, form) {
      const signal = AbortSignal.timeout(2 * apiTimeoutMs);
      const request = form ? { method: "POST", body: form, headers, signal } : { headers, signal };
      const response = await fetch(new URL(path, address), request).catch((cause: unknown) => {
        throw new AppError({
          code: "SERVER_UNREACHABLE",
          message: `${address} does not answer (${messageOf(cause instanceof Error ? (cause.cause ?? cause) : cause)}): check the address, or start a server with \`mammoflow serve\`.`,
          retryable: true,
          cause,
        });
      });
      const content: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw refusal(address, response.status, content);
      const answer = schema.safeParse(content);
      if (answer.success) return answer.data;
      throw new AppError({
        code: "SERVER_ANSWER",
        message: `${address}${path} does not answer as a mammoflow server of this version does: check the address, and bring both to one version.`,
        cause: answer.error,
      });
    },
  };
}

function refusal(address: string, status: number, content: unknown): AppError {
  const { data: problem } = problemSchema.safeParse(content);
  const hint = status === 401 ? " Set MAMMOFLOW_API_KEY to a key that `mammoflow keys add` made there." : "";
  return new AppError({
    code: problem?.code ?? "SERVER_ANSWER",
    message: `${address} refused (${status}): ${problem?.detail ?? "it does not say why."}${hint}`,
    retryable: status >= 500,
  });
}
