import { createHash } from "node:crypto";
import type { Bucket, File, FileMetadata } from "@google-cloud/storage";
import {
  changedError,
  checkName,
  checkPrefix,
  conflictError,
  type ObjectEntry,
  type ObjectStore,
} from "../object-store.ts";
import { contentTypeOf } from "./content-type-of.ts";
import { crc32c } from "./crc32c.ts";
import { downloadObject } from "./download-object.ts";
import { failureIn, type GcsAction, gcsError, overPassingFailures, PassingFailure } from "./gcs-failure.ts";
import { type ConnectionOptions, defaultTimeoutMs, openBucket } from "./open-bucket.ts";

export interface GcsOptions extends ConnectionOptions {
  /** Prepended to every name, without slashes at its ends; may be empty. */
  prefix: string;
  /** Of which a large object is sent: one is sent again where it fails. Most mammograms fit into one. A multiple of 256 KiB. */
  pieceBytes?: number;
}

/** Larger bodies are sent in pieces. */
const resumableFromBytes = 10_000_000;

/**
 * Objects in a Google Cloud Storage bucket. Every write names the generation that it replaces (0: none), so that a
 * repeated or racing write cannot overwrite; crc32c is checked on the way up and on the way down.
 */
export function createGcsStore({ prefix, pieceBytes = 16 * 2 ** 20, ...connection }: GcsOptions): ObjectStore {
  const address = `gs://${connection.bucket}${prefix ? `/${prefix}` : ""}`;
  const fullName = (name: string): string => (prefix ? `${prefix}/${checkName(name)}` : checkName(name));
  const idleMs = connection.timeoutMs ?? defaultTimeoutMs;

  let opening: Promise<Bucket> | undefined;
  const open = async (): Promise<Bucket> => {
    try {
      return await (opening ??= openBucket(connection));
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };

  /** An action; what goes wrong becomes a StorageError that says what to do. */
  const attempt = async <Result>(
    action: GcsAction,
    name: string,
    act: (bucket: Bucket) => Promise<Result>,
  ): Promise<Result> => {
    try {
      return await act(await open());
    } catch (error) {
      throw gcsError({ bucket: connection.bucket, address: `${address}/${name}`, action }, error);
    }
  };

  const onFile = <Result>(action: GcsAction, name: string, act: (file: File) => Promise<Result>): Promise<Result> =>
    attempt(action, name, (bucket) => act(bucket.file(fullName(name))));

  /** Set once the bucket is known to be there. */
  let hasBucket = false;

  /** Whether "not found" means the bucket. Google says so; an emulator may leave it open, and is asked once. */
  const isBucketMissing = async ({ bucket }: File, reason: string): Promise<boolean> => {
    if (hasBucket || /no such object/i.test(reason)) return false;
    if (/bucket.*not (exist|found)/i.test(reason)) return true;
    [hasBucket] = await bucket.exists();
    return !hasBucket;
  };

  /** What the action gives, or undefined when there is no such object. */
  const ifThere = async <Result>(file: File, act: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await act();
    } catch (error) {
      const { status, reason } = failureIn(error);
      if (status === 404 && !(await isBucketMissing(file, reason))) return undefined;
      throw error;
    }
  };

  const metadataOf = (file: File): Promise<FileMetadata | undefined> =>
    ifThere(file, async () => (await file.getMetadata({ fields: "generation,size,crc32c,md5Hash" }))[0]);

  /** Writes an object whole. @returns undefined when the generation is another */
  const save = (
    file: File,
    bytes: Uint8Array,
    checksum: string,
    ifGeneration: string,
  ): Promise<FileMetadata | undefined> => overPassingFailures(() => saveOnce(file, bytes, checksum, ifGeneration));

  const saveOnce = async (
    file: File,
    bytes: Uint8Array,
    checksum: string,
    ifGeneration: string,
  ): Promise<FileMetadata | undefined> => {
    try {
      await file.save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
        contentType: contentTypeOf(file.name),
        preconditionOpts: { ifGenerationMatch: ifGeneration },
        resumable: bytes.byteLength > resumableFromBytes,
        chunkSize: pieceBytes,
        // The server refuses bytes that do not fit; the library would take the checksum once more, and several times as long.
        metadata: { crc32c: checksum },
        validation: false,
      });
    } catch (error) {
      if (failureIn(error).status === 412) return undefined;
      throw error;
    }
    const { metadata } = file;
    if (metadata.crc32c === checksum && Number(metadata.size) === bytes.byteLength) return metadata;
    // Ours, and wrong: that very generation goes, whatever stands under the name by now.
    const written = file.bucket.file(file.name, { generation: String(metadata.generation) });
    await written.delete({ ignoreNotFound: true });
    throw new PassingFailure("the bytes did not arrive as they were sent");
  };

  async function* entries(start: string): AsyncIterable<ObjectEntry> {
    checkPrefix(start);
    const root = prefix ? `${prefix}/` : "";
    for (let pageToken: string | undefined, isFirst = true; isFirst || pageToken !== undefined; isFirst = false) {
      const query = {
        prefix: root + start,
        maxResults: 1000,
        autoPaginate: false,
        ...(pageToken !== undefined && { pageToken }),
      };
      const [files, next] = await attempt("read", start, (bucket) => bucket.getFiles(query));
      for (const { name, metadata } of files)
        // Consoles make "folders": empty objects whose names end with a slash. They are no objects of ours.
        if (!name.endsWith("/"))
          yield {
            name: name.slice(root.length),
            sizeBytes: Number(metadata.size),
            ...(metadata.crc32c !== undefined && { crc32c: metadata.crc32c }),
          };
      pageToken = next && "pageToken" in next ? next.pageToken : undefined;
    }
  }

  return {
    address,
    putOnce: (name, bytes, checksum = crc32c(bytes)) =>
      onFile("write", name, async (file) => {
        if ((await save(file, bytes, checksum, "0")) !== undefined) return "created";
        const found = await metadataOf(file);
        if (found && isSame(found, bytes)) return "same";
        throw conflictError(address, name);
      }),
    replace: (name, bytes, ifVersion) =>
      onFile("write", name, async (file) => {
        const written = await save(file, bytes, crc32c(bytes), ifVersion ?? "0");
        if (written !== undefined) return String(written.generation);
        // Where the answer to our own write was lost, what we wanted is there.
        const found = await metadataOf(file);
        if (found && String(found.generation) !== ifVersion && isSame(found, bytes)) return String(found.generation);
        throw changedError(address, name);
      }),
    get: (name) =>
      onFile("read", name, async (file) => {
        const download = await ifThere(file, () => downloadObject(file, idleMs));
        return download && { bytes: download.bytes, version: download.headers["x-goog-generation"] ?? "" };
      }),
    getRange: (name, start, length) =>
      onFile("read", name, async (file) => {
        try {
          const download = await ifThere(file, () => downloadObject(file, idleMs, { start, end: start + length - 1 }));
          if (download === undefined) return undefined;
          const { bytes, status, headers } = download;
          // 200: an object that is empty, or a server that knows no ranges.
          if (status === 200) return { bytes: bytes.subarray(start, start + length), sizeBytes: bytes.length };
          return { bytes, sizeBytes: Number(/\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1]) };
        } catch (error) {
          if (failureIn(error).status !== 416) throw error;
          const found = await metadataOf(file);
          return found && { bytes: Buffer.alloc(0), sizeBytes: Number(found.size) };
        }
      }),
    exists: (name) => onFile("read", name, async (file) => (await metadataOf(file)) !== undefined),
    entries,
    async *list(start) {
      for await (const { name } of entries(start)) yield name;
    },
    delete: (name) => onFile("write", name, async (file) => void (await ifThere(file, () => file.delete()))),
    close: () => Promise.resolve(),
  };
}

/** Size, CRC-32C, and MD5 where there is one: objects that were composed have none. */
function isSame({ size, crc32c: checksum, md5Hash }: FileMetadata, bytes: Uint8Array): boolean {
  return (
    Number(size) === bytes.byteLength &&
    checksum === crc32c(bytes) &&
    (md5Hash === undefined || md5Hash === createHash("md5").update(bytes).digest("base64"))
  );
}
