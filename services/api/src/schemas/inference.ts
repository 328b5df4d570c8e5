import { z } from "zod";

const parametersSchema = z.record(z.string(), z.unknown());

/** Nested or flat; its values are looked at once, by `imagesOfTensor`: it may hold millions. */
const tensorValuesSchema = z
  .custom<unknown[]>((values) => Array.isArray(values), "data must be a list")
  .meta({ type: "array", items: {}, description: "Nested or flat." });

const dimensions = z.array(z.int().min(0)).max(4);

export const inferenceRequestSchema = z
  .object({
    id: z.string().max(200).optional().meta({ description: "Comes back in the answer." }),
    parameters: parametersSchema.optional(),
    inputs: z
      .array(
        z.object({
          name: z.enum(["image", "pixels"]),
          shape: dimensions,
          datatype: z.enum(["BYTES", "UINT8"]),
          parameters: parametersSchema.optional(),
          data: tensorValuesSchema,
        }),
      )
      .min(1)
      .max(1)
      .meta({
        description:
          "One tensor: `image`, BYTES of shape [n], each a file (DICOM, PNG, JPEG) in base64; or `pixels`, UINT8 of shape [n, rows, columns] or [rows, columns], grey.",
      }),
    outputs: z
      .array(z.object({ name: z.string(), parameters: parametersSchema.optional() }))
      .max(16)
      .optional()
      .meta({ description: "Which of `probability`, `calibrated` and `label`; absent: all." }),
  })
  .meta({ id: "InferenceRequest" });

export type InferenceRequest = z.infer<typeof inferenceRequestSchema>;

export const inferenceResponseSchema = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string(),
    parameters: z.object({
      review: z.literal("required"),
      notice: z.literal("Research use only. Human review required."),
      threshold: z.number(),
      recipe_hash: z.string(),
      warnings: z.array(z.string()),
    }),
    outputs: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int()),
        datatype: z.string(),
        data: z.array(z.number()),
      }),
    ),
  })
  .meta({ id: "InferenceResponse" });

export const inferenceErrorSchema = z.object({ error: z.string() }).meta({ id: "InferenceError" });

export const serverMetadataSchema = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({ id: "ServerMetadata" });

const tensorMetadataSchema = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });

export const modelMetadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorMetadataSchema),
    outputs: z.array(tensorMetadataSchema),
  })
  .meta({ id: "ModelMetadata" });

export const serverLiveSchema = z.object({ live: z.boolean() }).meta({ id: "ServerLive" });
export const serverReadySchema = z.object({ live: z.boolean(), ready: z.boolean() }).meta({ id: "ServerReady" });
export const modelReadySchema = z.object({ name: z.string(), ready: z.boolean() }).meta({ id: "ModelReady" });
