import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { isBucketAddress, openStore, type ObjectStore } from "@mammoflow/storage";

/** A data set's files, in a folder or in a bucket. */
export interface DatasetFiles {
  store: ObjectStore;
  /** Name of the table that was given in place of its folder. */
  table: string | undefined;
}

/**
 * @param address a folder or a table in one, as a path or as `gs://bucket/prefix`
 * @throws StorageError when the address names no store, or the bucket does not answer
 */
export async function openDatasetFiles(address: string, gcsEndpoint: string | undefined): Promise<DatasetFiles> {
  const trimmed = address.replace(/(?<=[^/])\/+$/, "");
  const folder = openStore(trimmed, gcsEndpoint);
  // The bucket itself has nothing above it.
  if (!isBucketAddress(trimmed) || trimmed.split("/").length > 3) {
    const above = openStore(dirname(trimmed), gcsEndpoint);
    const name = basename(trimmed);
    if (/\.csv$/i.test(name) || (name !== "" && (await above.exists(name).catch(() => false))))
      return { store: above, table: name };
    await above.close();
  }
  return { store: folder, table: undefined };
}

/** Whether what was named is there: the table, the folder, or anything in the bucket under that prefix. */
export async function isThere({ store, table }: DatasetFiles): Promise<boolean> {
  if (table !== undefined) return store.exists(table);
  return isBucketAddress(store.address) ? hasAny(store, "") : existsSync(store.address);
}

/** Whether anything lies under a prefix. */
export async function hasAny(store: ObjectStore, prefix: string): Promise<boolean> {
  for await (const _ of store.list(prefix)) return true;
  return false;
}
