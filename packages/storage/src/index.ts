export { addressWithin, createBucketFinder, isBucketAddress, type ObjectPlace } from "./bucket-address.ts";
export { deletePrefix } from "./delete-prefix.ts";
export { crc32c } from "./gcs/crc32c.ts";
export { createGcsStore } from "./gcs/gcs-store.ts";
export { openStore } from "./open-store.ts";
export { StorageError, type ObjectEntry, type ObjectStore, type StoredObject } from "./object-store.ts";
export { replaceObject } from "./replace-object.ts";
