import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { AppError } from "@mammoflow/runtime";
import type { ObjectPlace } from "@mammoflow/storage";

export interface OpenFile {
  sizeBytes: number;
  readonly bytesRead: number;
  /** The first bytes, as many as there are; reads what is not read yet. Overwritten when the next file is opened. */
  first(count: number): Promise<Uint8Array>;
  /** Some bytes from a position on, as many as there are. Overwrites what `first` and `at` gave before. */
  at(position: number, count: number): Promise<Uint8Array>;
  close(): void;
}

/**
 * Opens files to read parts of them, one at a time: all share one buffer, because a fresh one for each full-size mammogram
 * costs twice the reading, in page faults.
 *
 * @returns a function that throws AppError `SOURCE_UNREADABLE` for what is no file (opening a pipe would wait for its writer
 * for ever), and the system's error where a file cannot be opened
 */
export function createFileOpener(): (path: string, source: string) => OpenFile {
  let warm = Buffer.alloc(0);
  return (path, source) => {
    if (!statSync(path).isFile())
      throw new AppError({ code: "SOURCE_UNREADABLE", message: `${source} is not a file; replace it by the image.` });
    const file = openSync(path, "r");
    const sizeBytes = fstatSync(file).size;
    let filled = 0;
    let bytesRead = 0;
    const fill = (from: number, to: number, position: number): number => {
      if (warm.length < to) {
        const larger = Buffer.allocUnsafeSlow(to);
        warm.copy(larger, 0, 0, from);
        warm = larger;
      }
      let end = from;
      while (end < to) {
        const count = readSync(file, warm, end, to - end, position + end - from);
        if (count === 0) break; // the file became shorter meanwhile
        end += count;
        bytesRead += count;
      }
      return end;
    };
    return {
      sizeBytes,
      get bytesRead() {
        return bytesRead;
      },
      async first(count) {
        const wanted = Math.min(count, sizeBytes);
        if (filled < wanted) filled = fill(filled, wanted, filled);
        return warm.subarray(0, Math.min(wanted, filled));
      },
      async at(position, count) {
        filled = 0;
        const end = fill(0, Math.min(count, Math.max(0, sizeBytes - position)), position);
        return warm.subarray(0, end); // not before: `fill` may have found a larger buffer
      },
      close: () => closeSync(file),
    };
  };
}

/**
 * The same for an object in a bucket: each part is a request, so `first` asks for nothing twice.
 *
 * @throws AppError `SOURCE_MISSING`; StorageError when the bucket does not answer
 */
export async function openObject({ store, name }: ObjectPlace, source: string, firstBytes: number): Promise<OpenFile> {
  const read = async (start: number, count: number): Promise<{ bytes: Buffer; sizeBytes: number }> => {
    const part = await store.getRange(name, start, count);
    if (part) return part;
    throw new AppError({ code: "SOURCE_MISSING", message: `${source} is listed but absent.` });
  };
  const { bytes: beginning, sizeBytes } = await read(0, firstBytes);
  let start = beginning;
  let bytesRead = start.length;
  return {
    sizeBytes,
    get bytesRead() {
      return bytesRead;
    },
    async first(count) {
      const wanted = Math.min(count, sizeBytes);
      if (start.length < wanted) {
        const { bytes } = await read(start.length, wanted - start.length);
        bytesRead += bytes.length;
        start = Buffer.concat([start, bytes]);
      }
      return start.subarray(0, wanted);
    },
    async at(position, count) {
      const { bytes } = await read(position, count);
      bytesRead += bytes.length;
      return bytes;
    },
    close: () => undefined,
  };
}
