import { Storage } from "@google-cloud/storage";
import { z } from "zod";
import { changedError, checkName, checkPrefix, conflictError, StorageError, type ObjectStore } from "./object-store.ts";

export interface GcsOptions {
  bucket: string;
  /** Prepended to every name, without slashes at its ends; may be empty. */
  prefix: string;
  /** Base URL of an emulator; unset: Google, with application default credentials. */
  endpoint?: string | undefined;
}

/** Larger bodies are sent in resumable pieces. */
const resumableFromBytes = 10_000_000;

/**
 * Objects in a Google Cloud Storage bucket. Every write names the generation that it replaces (0: none), so that a
 * repeated or racing write cannot overwrite; the client checks crc32c on the way up and down.
 */
export function createGcsStore({ bucket: bucketName, prefix, endpoint }: GcsOptions): ObjectStore {
  const client = new Storage(endpoint === undefined ? {} : { apiEndpoint: endpoint, projectId: "emulator" });
  // With STORAGE_EMULATOR_HOST set the client leaves out the path, which that variable does not carry elsewhere.
  if (endpoint !== undefined) client.baseUrl = `${client.apiEndpoint}/storage/v1`;
  const bucket = client.bucket(bucketName);
  const address = `gs://${bucketName}${prefix ? `/${prefix}` : ""}`;
  const fullName = (name: string): string => (prefix ? `${prefix}/${checkName(name)}` : checkName(name));

  const save = async (name: string, bytes: Uint8Array, generation: string | number): Promise<string> => {
    const file = bucket.file(fullName(name));
    await file.save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      resumable: bytes.byteLength >= resumableFromBytes,
      validation: "crc32c",
      contentType: contentTypeOf(name),
      preconditionOpts: { ifGenerationMatch: generation },
    });
    return String(file.metadata.generation ?? (await file.getMetadata())[0].generation);
  };

  /** Set once the bucket is known to be there; see `isBucketMissing`. */
  let hasBucket = false;

  /** Whether "not found" means the bucket. Google says so; an emulator may leave it open, and is asked once. */
  const isBucketMissing = async (failure: unknown): Promise<boolean> => {
    if (hasBucket || /no such object/i.test(reasonOf(failure))) return false;
    if (/bucket.*not (exist|found)/i.test(reasonOf(failure))) return true;
    const [exists] = await bucket.exists().catch(() => [true]);
    hasBucket = exists;
    return !exists;
  };

  /** The generation of an object, or undefined when there is none. */
  const generationOf = async (name: string): Promise<string | undefined> => {
    try {
      const [metadata] = await bucket.file(fullName(name)).getMetadata();
      return String(metadata.generation);
    } catch (error) {
      if (statusOf(error) === 404 && !(await isBucketMissing(error))) return undefined;
      throw gcsError(address, name, error);
    }
  };

  const get: ObjectStore["get"] = async (name) => {
    for (let attempt = 0; attempt < 20; attempt++) {
      const generation = await generationOf(name);
      if (generation === undefined) return undefined;
      try {
        // Reading that very generation: bytes and version belong together even while somebody replaces the object.
        const [bytes] = await bucket.file(fullName(name), { generation }).download({ validation: "crc32c" });
        return { bytes, version: generation };
      } catch (error) {
        // Replaced meanwhile: that generation is gone, and the next one is there.
        if (statusOf(error) !== 404) throw gcsError(address, name, error);
      }
    }
    throw changedError(address, name);
  };

  return {
    address,
    async putOnce(name, bytes) {
      try {
        await save(name, bytes, 0);
        return "created";
      } catch (error) {
        if (statusOf(error) !== 412) throw gcsError(address, name, error);
        const found = await get(name);
        if (found && Buffer.compare(found.bytes, bytes) === 0) return "same";
        throw conflictError(address, name);
      }
    },
    async replace(name, bytes, ifVersion) {
      try {
        return await save(name, bytes, ifVersion ?? 0);
      } catch (error) {
        throw statusOf(error) === 412 ? changedError(address, name) : gcsError(address, name, error);
      }
    },
    get,
    exists: async (name) => (await generationOf(name)) !== undefined,
    async *list(start) {
      checkPrefix(start);
      const root = prefix ? `${prefix}/` : "";
      let pageToken: string | undefined;
      do {
        const query = {
          prefix: root + start,
          autoPaginate: false,
          maxResults: 1000,
          ...(pageToken ? { pageToken } : {}),
        };
        const [files, next] = await bucket
          .getFiles(query)
          .catch((error: unknown) => Promise.reject(gcsError(address, start, error)));
        for (const file of files) yield file.name.slice(root.length);
        pageToken = next && "pageToken" in next ? next.pageToken : undefined;
      } while (pageToken);
    },
    async delete(name) {
      await bucket
        .file(fullName(name))
        .delete({ ignoreNotFound: true })
        .catch((error: unknown) => Promise.reject(gcsError(address, name, error)));
    },
    close: () => Promise.resolve(),
  };
}

function contentTypeOf(name: string): string {
  const types: Record<string, string> = {
    png: "image/png",
    json: "application/json",
    html: "text/html; charset=utf-8",
    csv: "text/csv",
    yaml: "application/yaml",
    md: "text/markdown",
    jsonl: "application/jsonl",
  };
  return types[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}

/** What the client throws: errors with a `code`; from resumable uploads also errors with a `status`, and plain objects. */
const failureSchema = z.object({
  code: z.union([z.number(), z.string()]).optional().catch(undefined),
  status: z.number().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
});

/** The HTTP status, or undefined when there was no answer. */
function statusOf(error: unknown): number | undefined {
  const { code, status } = failureSchema.safeParse(error).data ?? {};
  return [Number(code), status].find((found) => found !== undefined && found >= 100);
}

function reasonOf(error: unknown): string {
  return failureSchema.safeParse(error).data?.message ?? String(error);
}

function gcsError(address: string, name: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const status = statusOf(error);
  const bucket = address.split("/").slice(0, 3).join("/");
  const advice =
    status === 403
      ? `the account in use may not do that: grant it roles/storage.objectUser on ${bucket}`
      : status === 401
        ? "the credentials are not accepted: run `gcloud auth application-default login`, or mount a service account"
        : status === 404
          ? `is the bucket's name right? \`gcloud storage buckets create ${bucket}\` makes it`
          : "the store did not answer as expected: it will be tried again";
  return new StorageError({
    code: "STORAGE_GCS",
    message: `${address}/${name}: ${reasonOf(error)}; ${advice}.`,
    retryable: status === undefined || status === 408 || status === 429 || status >= 500,
    cause: error,
  });
}
