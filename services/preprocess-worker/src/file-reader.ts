import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ObjectPlace } from "@mammoflow/storage";

/**
 * Reads a file into memory that the caller has, warm if it can: a fresh buffer for each full-size mammogram costs twice the
 * reading itself, in page faults.
 *
 * @param memoryFor gives memory of at least so many bytes
 * @returns the file's bytes, a view
 */
export function readFileInto(path: string, memoryFor: (sizeBytes: number) => Uint8Array): Uint8Array {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const memory = memoryFor(size);
    let filled = 0;
    while (filled < size) {
      const count = readSync(file, memory, filled, size - filled, null);
      if (count === 0) break; // the file became shorter meanwhile: what is there is judged by the decoder
      filled += count;
    }
    return memory.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}

/** The same of an object in a bucket, checked against its checksum. A missing one is an error as of a file. */
export async function readObjectInto(
  { store, name }: ObjectPlace,
  memoryFor: (sizeBytes: number) => Uint8Array,
): Promise<Uint8Array> {
  const found = await store.get(name);
  if (!found) throw Object.assign(new Error("no such object"), { code: "ENOENT" });
  const memory = memoryFor(found.bytes.length);
  memory.set(found.bytes);
  return memory.subarray(0, found.bytes.length);
}
