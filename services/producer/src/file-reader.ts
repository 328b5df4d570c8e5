import { readFile } from "node:fs/promises";
import { AppError, loadSettings, messageOf } from "@mammoflow/runtime";
import { createBucketFinder, isBucketAddress } from "@mammoflow/storage";

/** Reads whole files by path or by address, over connections that are kept. */
export interface FileReader {
  /** @throws AppError `INPUT_MISSING`; StorageError when a bucket does not answer */
  read(address: string): Promise<Buffer>;
}

export function createFileReader(): FileReader {
  const find = createBucketFinder(loadSettings().gcsEndpoint);
  return {
    async read(address) {
      if (!isBucketAddress(address))
        return readFile(address).catch((error: unknown) => {
          throw inputMissing(address, `cannot be read: ${messageOf(error)}`, error);
        });
      const { store, name } = find(address);
      const found = await store.get(name);
      if (found) return found.bytes;
      throw inputMissing(address, "does not exist");
    },
  };
}

function inputMissing(address: string, what: string, cause?: unknown): AppError {
  return new AppError({ code: "INPUT_MISSING", message: `${address} ${what}. Check the path.`, cause });
}
