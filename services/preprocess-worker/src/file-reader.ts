import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * Reads files one after another into the same memory. A fresh buffer for each full-size mammogram costs twice the
 * reading itself, in page faults.
 *
 * @returns a function that reads a file; what it returned is overwritten by its next call
 */
export function createFileReader(): (path: string) => Uint8Array {
  let warm = Buffer.alloc(0);
  return (path) => {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      if (warm.length < size) warm = Buffer.allocUnsafeSlow(size);
      let filled = 0;
      while (filled < size) {
        const count = readSync(file, warm, filled, size - filled, null);
        if (count === 0) break; // the file became shorter meanwhile: what is there is judged by the decoder
        filled += count;
      }
      return warm.subarray(0, filled);
    } finally {
      closeSync(file);
    }
  };
}
