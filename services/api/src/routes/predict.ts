import { AppError } from "@mammoflow/runtime";
import { type GivenImage, mostImages, type ServedModel } from "@mammoflow/serving";
import { z } from "zod";
import { accepted } from "../accepted.ts";
import { sha256 } from "../audit.ts";
import type { BodyMemory } from "../body-memory.ts";
import type { Metrics } from "../metrics.ts";
import type { Call, Content, Operation } from "../operation.ts";
import { imagesOf, imageTypes } from "../read-images.ts";
import { explanationAnswer, explanationSchema, predictionAnswer, predictionSchema } from "../schemas/predictions.ts";

const image = z
  .custom<Buffer>((bytes) => Buffer.isBuffer(bytes))
  .meta({ type: "string", contentMediaType: "application/octet-stream" });

/** The two ways in which images come. */
function bodies(most: number): Record<string, { content: Content }> {
  const parts = z.array(image).max(most);
  const form = z.object({
    image: parts.optional().meta({ description: "A file each: DICOM, PNG or JPEG." }),
    prepared: parts.optional().meta({
      description:
        "A PNG each that went through the model's recipe at the sender's: it is used as it is. What `mammoflow predict --server` sends.",
    }),
  });
  return {
    "multipart/form-data": { content: form },
    ...Object.fromEntries(imageTypes.map((type) => [type, { content: "bytes" as const }])),
  };
}

const refuses = [
  "BAD_REQUEST",
  "IMAGES_MISSING",
  "EXAM_SIZE",
  "BODY_SIZE",
  "IMAGE_SIZE",
  "MEDIA_TYPE",
  "DICOM_*",
  "CHILD_CRASHED",
  "CHILD_TIMEOUT",
];

/** `POST /v1/predict` and `POST /v1/explain`. */
export function predictOperations(model: ServedModel, metrics: Metrics, memory: BodyMemory): Operation[] {
  /** Only of what was answered: a request that was given up may still be on its way to the process that computes. */
  const forget = (images: readonly GivenImage[]): void => images.forEach(({ bytes }) => memory.giveBack(bytes));
  return [
    {
      id: "predict",
      method: "POST",
      path: "/v1/predict",
      summary: "What the model says of an image, or of an exam's up to four images",
      description:
        "The headers of DICOM files are used to read the picture and dropped; nothing that came is kept. Research use only: a person must review.",
      tag: "predictions",
      scope: "predict",
      takesPlace: true,
      takes: bodies(mostImages),
      gives: { "application/json": predictionSchema },
      refuses,
      async handle(request, _, { signal, audit, elapsedMs }) {
        const images = imagesOf(request.body, { most: mostImages });
        const hashes = noteImages(images, audit);
        const prediction = await model.predict(images, { signal });
        forget(images);
        metrics.predicted(images.length, prediction.warnings, prediction.label);
        audit.version = prediction.version;
        return predictionAnswer(prediction, { id: request.id, hashes, totalMs: elapsedMs() });
      },
    },
    {
      id: "explain",
      method: "POST",
      path: "/v1/explain",
      summary: "Where in an image the model sees what speaks for malignancy",
      description: "A picture with `Accept: image/png`, else JSON with the picture and the regions.",
      tag: "predictions",
      scope: "explain",
      takesPlace: true,
      takes: bodies(1),
      gives: { "application/json": explanationSchema, "image/png": "bytes" },
      refuses: [...refuses, "EXPLAIN_PART", "NOT_ACCEPTABLE"],
      async handle(request, reply, { signal, audit }) {
        const type = accepted(request.headers.accept, ["application/json", "image/png"]);
        const [given] = imagesOf(request.body, { most: 1 });
        if (!given) throw new AppError({ code: "IMAGES_MISSING", message: "Send an image." });
        const [hash = ""] = noteImages([given], audit);
        const explanation = await model.explain(given, { signal });
        forget([given]);
        audit.version = explanation.version;
        if (type === "application/json") return explanationAnswer(explanation, request.id, hash);
        return reply.type(type).send(Buffer.from(explanation.overlay));
      },
    },
  ];
}

function noteImages(images: readonly GivenImage[], audit: Call["audit"]): string[] {
  const hashes = images.map(({ bytes }) => sha256(bytes));
  audit.images = hashes;
  return hashes;
}
