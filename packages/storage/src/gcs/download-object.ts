import type { File } from "@google-cloud/storage";
import { crc32c } from "./crc32c.ts";
import { overPassingFailures, PassingFailure } from "./gcs-failure.ts";

export interface Download {
  bytes: Buffer;
  status: number;
  headers: Record<string, string>;
}

/**
 * Reads an object, or the part from `start` to `end`, both included; again where it breaks off or arrives damaged: the library
 * repeats only what has not begun. Whole objects are checked against their checksum here: the library's own check takes ten
 * times as long, and its `download` does not say which generation it read.
 *
 * @param idleMs a download that stands still for this long has broken off
 */
export function downloadObject(file: File, idleMs: number, range?: { start: number; end: number }): Promise<Download> {
  return overPassingFailures(async () => {
    const download = await readStream(file, idleMs, range);
    if (range === undefined) checkBytes(download);
    return download;
  });
}

async function readStream(file: File, idleMs: number, range?: { start: number; end: number }): Promise<Download> {
  const { userProject } = file;
  const payer = userProject === undefined ? {} : { userProject };
  const stream = file.createReadStream({ validation: false, decompress: false, ...payer, ...range });
  let answer: { statusCode: number; headers: Record<string, string> } | undefined;
  let idle: NodeJS.Timeout | undefined;
  stream.once("response", (response) => {
    answer = response;
    idle = setTimeout(() => stream.destroy(new Error(`no byte came for ${idleMs / 1000} s`)), idleMs);
  });
  const parts: Buffer[] = [];
  try {
    for await (const part of stream) {
      parts.push(part);
      idle?.refresh();
    }
  } catch (error) {
    if (answer !== undefined && answer.statusCode < 300)
      throw new PassingFailure("the download broke off", { cause: error });
    throw error;
  } finally {
    clearTimeout(idle);
  }
  return { bytes: Buffer.concat(parts), status: answer?.statusCode ?? 0, headers: answer?.headers ?? {} };
}

/** @throws PassingFailure when the bytes are not those that the server wanted to send */
function checkBytes({ bytes, headers }: Download): void {
  const sent = /crc32c=([\w+/=]+)/.exec(headers["x-goog-hash"] ?? "")?.[1];
  if (sent === undefined) throw new PassingFailure("the answer has no checksum");
  if (sent !== crc32c(bytes)) throw new PassingFailure("the bytes were damaged on the way down");
}
