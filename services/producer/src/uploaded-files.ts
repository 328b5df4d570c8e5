import { AppError, messageOf } from "@mammoflow/runtime";
import { type ObjectStore, replaceObject } from "@mammoflow/storage";
import { z } from "zod";

/** What an upload keeps beside the data set: nothing that any data set has a name for. */
export const uploadFolder = "mammoflow-upload/";
const listName = `${uploadFolder}files.jsonl`;

const contentSchema = z.object({ sizeBytes: z.number(), crc32c: z.string() });
const lineSchema = z.object({
  name: z.string(),
  content: contentSchema,
  /** Of the file that it was made of. */
  source: contentSchema,
  /** Names the key without telling it; null where headers were kept. */
  keyFingerprint: z.string().nullable(),
});
export type UploadedLine = z.infer<typeof lineSchema>;

/**
 * The list of what was uploaded, by name: what lets an upload go on where it was stopped.
 *
 * @throws AppError `LIST_UNREADABLE`
 */
export async function readUploaded(out: ObjectStore): Promise<Map<string, UploadedLine>> {
  return linesIn((await out.get(listName))?.bytes, out.address);
}

/** Adds lines to the list, beside what others add at the same time. */
export async function addUploaded(out: ObjectStore, lines: UploadedLine[]): Promise<void> {
  if (lines.length === 0) return;
  await replaceObject(out, listName, (current) => {
    const all = linesIn(current, out.address);
    for (const line of lines) all.set(line.name, line);
    const sorted = [...all.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return Buffer.from(sorted.map((line) => `${JSON.stringify(line)}\n`).join(""));
  });
}

function linesIn(bytes: Buffer | undefined, address: string): Map<string, UploadedLine> {
  try {
    const texts = bytes?.toString().split("\n").filter(Boolean) ?? [];
    return new Map(texts.map((text) => lineSchema.parse(JSON.parse(text))).map((line) => [line.name, line]));
  } catch (error) {
    throw new AppError({
      code: "LIST_UNREADABLE",
      message: `${address}/${listName} is not one of ours (${messageOf(error)}): move it away, or upload under another prefix.`,
      cause: error,
    });
  }
}
