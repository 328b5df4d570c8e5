import { StorageError, type ObjectStore } from "./object-store.ts";

/**
 * Writes a derived object, whatever stands there: reads, makes the new bytes, replaces, and begins anew when somebody
 * else was faster.
 */
export async function replaceObject(
  store: ObjectStore,
  name: string,
  make: (current: Buffer | undefined) => Uint8Array | Promise<Uint8Array>,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const current = await store.get(name);
    const bytes = await make(current?.bytes);
    if (current && Buffer.compare(current.bytes, bytes) === 0) return;
    try {
      await store.replace(name, bytes, current?.version ?? null);
      return;
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "STORAGE_CHANGED" || attempt === 9) throw error;
    }
  }
}
