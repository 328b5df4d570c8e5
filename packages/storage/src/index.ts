export { openStore } from "./open-store.ts";
export { StorageError, type ObjectStore, type StoredObject } from "./object-store.ts";
export { replaceObject } from "./replace-object.ts";
