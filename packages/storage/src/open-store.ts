import { fileURLToPath } from "node:url";
import { createFolderStore } from "./folder-store.ts";
import { createGcsStore } from "./gcs/gcs-store.ts";
import { checkName, StorageError, type ObjectStore } from "./object-store.ts";

/**
 * The store that an address names: a folder (`out`, `file:///data/out`) or `gs://bucket/prefix`.
 *
 * @param gcsEndpoint base URL of a Google Cloud Storage emulator
 * @throws StorageError `STORAGE_ADDRESS` for any other address
 */
export function openStore(address: string, gcsEndpoint?: string): ObjectStore {
  if (/^gs:/i.test(address)) {
    const { bucket, prefix } = parseBucketAddress(address);
    return createGcsStore({ bucket, prefix, endpoint: gcsEndpoint });
  }
  if (address.startsWith("file://")) return createFolderStore(fileURLToPath(address));
  if (address === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(address)) throw addressError(address, "names no store");
  return createFolderStore(address);
}

/**
 * The parts of `gs://bucket/prefix`. Bucket names: https://cloud.google.com/storage/docs/buckets#naming
 *
 * @throws StorageError `STORAGE_ADDRESS` for any other address
 */
export function parseBucketAddress(address: string): { bucket: string; prefix: string } {
  const [, bucket = "", prefix = ""] = /^gs:\/\/([^/]*)\/*(.*?)\/*$/.exec(address) ?? [];
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket))
    throw addressError(address, bucket === "" ? "names no bucket" : `names no bucket that could be: ${bucket}`);
  if (prefix !== "") checkName(prefix);
  return { bucket, prefix };
}

function addressError(address: string, what: string): StorageError {
  return new StorageError({
    code: "STORAGE_ADDRESS",
    message: `${JSON.stringify(address)} ${what}: give a folder, or gs://bucket/prefix with a bucket that \`gcloud storage ls\` shows.`,
  });
}
