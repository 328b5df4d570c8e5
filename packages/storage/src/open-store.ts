import { fileURLToPath } from "node:url";
import { createFolderStore } from "./folder-store.ts";
import { createGcsStore } from "./gcs-store.ts";
import { StorageError, type ObjectStore } from "./object-store.ts";

/**
 * The store that an address names: a folder (`out`, `file:///data/out`) or `gs://bucket/prefix`.
 *
 * @param gcsEndpoint base URL of a Google Cloud Storage emulator
 * @throws StorageError `STORAGE_ADDRESS` for any other scheme
 */
export function openStore(address: string, gcsEndpoint?: string): ObjectStore {
  const gcs = /^gs:\/\/([^/]+)\/?(.*?)\/*$/.exec(address);
  if (gcs?.[1]) return createGcsStore({ bucket: gcs[1], prefix: gcs[2] ?? "", endpoint: gcsEndpoint });
  if (address.startsWith("file://")) return createFolderStore(fileURLToPath(address));
  if (address === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(address))
    throw new StorageError({
      code: "STORAGE_ADDRESS",
      message: `${JSON.stringify(address)} names no store: give a folder or gs://bucket/prefix.`,
    });
  return createFolderStore(address);
}
