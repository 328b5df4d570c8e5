import type { ObjectStore } from "./object-store.ts";

/** Requests on their way at once. */
const atOnce = 16;

/**
 * Removes every object whose name begins with `prefix`.
 *
 * @returns how many there were
 */
export async function deletePrefix(store: ObjectStore, prefix: string): Promise<number> {
  const names: string[] = [];
  for await (const name of store.list(prefix)) names.push(name);
  const next = names.values();
  const remove = async (): Promise<void> => {
    for (const name of next) await store.delete(name);
  };
  await Promise.all(Array.from({ length: atOnce }, remove));
  return names.length;
}
