import { StorageError, type ObjectStore } from "@mammoflow/storage";

/**
 * Writes an object whose bytes come from floating-point sums, whose order may differ from machine to machine: the first
 * whole write wins, a later one is discarded.
 */
export async function putFirst(store: ObjectStore, name: string, bytes: Uint8Array): Promise<"now" | "before"> {
  try {
    return (await store.putOnce(name, bytes)) === "created" ? "now" : "before";
  } catch (error) {
    if (error instanceof StorageError && error.code === "STORAGE_CONFLICT") return "before";
    throw error;
  }
}
