import { join } from "node:path";
import { openStore } from "./open-store.ts";
import type { ObjectStore } from "./object-store.ts";

/** Whether an address names a bucket or something in one; all others are paths. */
export function isBucketAddress(address: string): boolean {
  return address.startsWith("gs://");
}

/** The address of what lies under `name` in the folder or bucket at `root`. */
export function addressWithin(root: string, name: string): string {
  return isBucketAddress(root) ? `${root.replace(/\/+$/, "")}/${name}` : join(root, name);
}

/** The bucket that an address lies in, and the name within it. */
export interface ObjectPlace {
  store: ObjectStore;
  name: string;
}

/**
 * Finds the stores of objects that are named by their whole address, and keeps them open: connections are made once.
 *
 * @returns a function that throws StorageError `STORAGE_ADDRESS` for what names no bucket
 */
export function createBucketFinder(gcsEndpoint: string | undefined): (address: string) => ObjectPlace {
  const stores = new Map<string, ObjectStore>();
  return (address) => {
    const [, bucket = address, name = ""] = /^(gs:\/\/[^/]*)\/(.*)$/.exec(address) ?? [];
    const store = stores.get(bucket) ?? openStore(bucket, gcsEndpoint);
    stores.set(bucket, store);
    return { store, name };
  };
}
