import type { IncomingMessage } from "node:http";
import { Busboy } from "@fastify/busboy";
import { AppError, messageOf } from "@mammoflow/runtime";
import type { GivenImage } from "@mammoflow/serving";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { BodyMemory } from "./body-memory.ts";

/** The types under which an image may come as the body itself; what it is, its first bytes say. */
export const imageTypes = ["application/dicom", "image/png", "image/jpeg", "application/octet-stream"] as const;

const mostParts = 16;

/** An image as it came. */
type SentImage = Required<Pick<GivenImage, "bytes" | "isPrepared">>;

/**
 * The parts of a form that are images: files, or PNGs that went through the model's recipe at the sender's, which therefore need
 * no header.
 */
const parts: Record<string, { isPrepared: boolean }> = {
  image: { isPrepared: false },
  prepared: { isPrepared: true },
};

/** Makes the server take images: each as the whole body, or several as parts of a form. */
export function addImageBodies(app: FastifyInstance, memory: BodyMemory): void {
  app.addContentTypeParser([...imageTypes], async (_: FastifyRequest, body: IncomingMessage) => [
    { bytes: await memory.read(body), isPrepared: false },
  ]);
  app.addContentTypeParser("multipart/form-data", { parseAs: "buffer" }, (request: FastifyRequest, body: Buffer) =>
    readForm(request.headers["content-type"] ?? "", body),
  );
}

/**
 * The images of a request, under names of ours: what a client called its files is never looked at.
 *
 * @throws AppError `IMAGES_MISSING`, `EXAM_SIZE`
 */
export function imagesOf(body: unknown, { most }: { most: number }): GivenImage[] {
  // What the parsers above leave; a body without a type leaves nothing.
  const files = Array.isArray(body) ? (body as SentImage[]).filter(({ bytes }) => bytes.byteLength > 0) : [];
  if (files.length === 0)
    throw new AppError({
      code: "IMAGES_MISSING",
      message: "Send an image as the body (application/dicom, image/png or image/jpeg), or as a form's field `image`.",
    });
  if (files.length > most)
    throw new AppError({
      code: "EXAM_SIZE",
      message: `${files.length} images came: send ${most === 1 ? "one" : `up to ${most}, of one exam`}.`,
    });
  return files.map((image, index) => ({ name: `image ${index + 1}`, ...image }));
}

/** Every part that is an image, in order. */
function readForm(contentType: string, body: Buffer): Promise<SentImage[]> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void =>
      reject(new AppError({ code: "BAD_REQUEST", message: `The form cannot be read: ${reason}.` }));
    const images: { chunks: Buffer[]; isPrepared: boolean }[] = [];
    try {
      const form = new Busboy({
        headers: { "content-type": contentType },
        limits: { files: mostParts, parts: mostParts, headerPairs: 32 },
        isPartAFile: () => true,
      });
      form.on("file", (field, file) => {
        // What is cut short is told here, too.
        file.on("error", (error) => fail(messageOf(error)));
        const part = Object.hasOwn(parts, field) ? parts[field] : undefined;
        if (!part) return void file.resume();
        const chunks: Buffer[] = [];
        images.push({ chunks, ...part });
        file.on("data", (chunk: Buffer) => chunks.push(chunk));
      });
      form.once("partsLimit", () => fail(`it has more than ${mostParts} parts`));
      form.on("error", (error: unknown) => fail(messageOf(error)));
      form.once("finish", () =>
        resolve(images.map(({ chunks, isPrepared }) => ({ bytes: Buffer.concat(chunks), isPrepared }))),
      );
      form.end(body);
    } catch (error) {
      fail(messageOf(error));
    }
  });
}
