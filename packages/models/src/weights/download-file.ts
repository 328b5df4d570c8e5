import { open, rm, stat } from "node:fs/promises";
import { messageOf } from "@mammoflow/runtime";
import { ModelsError } from "../models-error.ts";

export interface FetchProgress {
  receivedBytes: number;
  /** Undefined when the source does not say. */
  totalBytes: number | undefined;
}

export interface DownloadOptions {
  url: string;
  /** Where it is written; bytes that lie there already are kept and the rest is asked for (HTTP Range, RFC 9110 section 14). */
  file: string;
  /** What is fetched, for messages: "the ResNet-18 weights". */
  title: string;
  fetch: typeof globalThis.fetch;
  onProgress?: ((progress: FetchProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Downloads a file, going on from what an earlier try left. The caller checks its contents.
 *
 * @throws ModelsError WEIGHTS_UNREACHABLE (retryable) when the source does not answer, WEIGHTS_INTERRUPTED (retryable) when it breaks
 *   off, WEIGHTS_GONE when it has no such file
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { url, file, title, fetch, signal } = options;
  const kept = await sizeOf(file);
  const headers = kept > 0 ? { range: `bytes=${kept}-` } : {};
  const response = await fetch(url, { headers, ...(signal && { signal }) }).catch((cause: unknown) => {
    throw unreachable(title, url, `cannot be reached (${reasonOf(cause)})`, cause);
  });
  if (response.status === 416) {
    await response.body?.cancel();
    if (totalOf(response) === kept) return;
    await rm(file, { force: true }); // what lies there is longer than the source's file
    return downloadFile(options);
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw response.status === 404 || response.status === 410 || response.status === 403
      ? new ModelsError({
          code: "WEIGHTS_GONE",
          message: `${url} answers ${response.status}: ${title} are no longer there. ${elsewhere}`,
        })
      : unreachable(title, url, `answers ${response.status}`);
  }
  const continues =
    response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${kept}-`) === true;
  await save(response.body, { ...options, start: continues ? kept : 0, totalBytes: totalOf(response) });
}

async function save(
  body: ReadableStream<Uint8Array>,
  {
    url,
    file,
    title,
    onProgress,
    start,
    totalBytes,
  }: DownloadOptions & { start: number; totalBytes: number | undefined },
): Promise<void> {
  const handle = await open(file, start > 0 ? "a" : "w");
  let receivedBytes = start;
  try {
    for await (const chunk of body) {
      await handle.writeFile(chunk);
      receivedBytes += chunk.length;
      onProgress?.({ receivedBytes, totalBytes });
    }
  } catch (cause) {
    throw brokenOff(reasonOf(cause), cause);
  } finally {
    await handle.close();
  }
  if (totalBytes !== undefined && receivedBytes < totalBytes) throw brokenOff("it sent less than it announced");

  function brokenOff(reason: string, cause?: unknown): ModelsError {
    const got = `${(receivedBytes / 1e6).toFixed(1)} MB`;
    return new ModelsError({
      code: "WEIGHTS_INTERRUPTED",
      message: `Fetching ${title} broke off after ${got}: ${url} (${reason}). They are kept; run the command again and it goes on from there.`,
      retryable: true,
      cause,
    });
  }
}

/** The whole file's size, also when only a part is sent. */
function totalOf(response: Response): number | undefined {
  const range = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
  const length = response.headers.get("content-encoding") === null ? response.headers.get("content-length") : null;
  const total = response.status === 200 ? length : range;
  return total === null || total === undefined ? undefined : Number(total);
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** fetch says only "fetch failed"; the reason is one deeper. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? messageOf(error.cause) || error.message : messageOf(error);

const elsewhere =
  "Or take it from another machine: `mammoflow weights import BACKBONE FILE`, or `weights pull BACKBONE --from FOLDER`.";

function unreachable(title: string, url: string, what: string, cause?: unknown): ModelsError {
  return new ModelsError({
    code: "WEIGHTS_UNREACHABLE",
    message: `Fetching ${title} failed: ${url} ${what}. Check the connection and run the command again. ${elsewhere}`,
    retryable: true,
    cause,
  });
}
