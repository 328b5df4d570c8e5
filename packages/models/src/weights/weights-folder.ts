import { join } from "node:path";

/** Folder of the cache that holds weights. */
export const weightsFolder = (cacheDir: string): string => join(cacheDir, "weights");
