import { createHash } from "node:crypto";
import { fileMemory, prepareImage, type PreparedImage, type Recipe } from "@mammoflow/imaging";
import {
  AppError,
  codeOf,
  loadSettings,
  messageOf,
  peakMemoryMb,
  requireFileSize,
  serveRequests,
} from "@mammoflow/runtime";
import { createBucketFinder, isBucketAddress, type ObjectPlace } from "@mammoflow/storage";
import { readFileInto, readObjectInto } from "./file-reader.ts";

/** The file to prepare; `source` names it in messages. */
export interface PrepareRequest {
  /** A path, or the address of an object in a bucket. */
  path: string;
  source: string;
  recipe: Recipe;
  /** Asks for the file's SHA-256, which takes as long as preparing it. */
  hashesSource: boolean;
}

export interface PrepareAnswer extends PreparedImage {
  /** Empty unless asked for. */
  sourceSha256: string;
  /** Processor time that the image took. */
  cpuMs: number;
  /** The most memory that this process has held. */
  peakRssMb: number;
}

serveRequests(async ({ path, source, recipe, hashesSource }: PrepareRequest): Promise<PrepareAnswer> => {
  const before = process.cpuUsage();
  const bytes = await readOrExplain(path, source);
  const sourceSha256 = hashesSource ? createHash("sha256").update(bytes).digest("hex") : "";
  const prepared = await prepareImage(bytes, recipe, source);
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  return { ...prepared, sourceSha256, cpuMs, peakRssMb: peakMemoryMb() };
});

let find: ((address: string) => ObjectPlace) | undefined;

async function readOrExplain(path: string, source: string): Promise<Uint8Array> {
  const roomFor = (sizeBytes: number): Uint8Array => {
    requireFileSize(source, sizeBytes);
    return fileMemory(sizeBytes);
  };
  try {
    if (!isBucketAddress(path)) return readFileInto(path, roomFor);
    find ??= createBucketFinder(loadSettings().gcsEndpoint);
    return await readObjectInto(find(path), roomFor);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const isMissing = codeOf(error) === "ENOENT";
    throw new AppError({
      code: isMissing ? "SOURCE_MISSING" : "SOURCE_UNREADABLE",
      message: isMissing
        ? `${source} is listed in the data set but absent at ${path}: complete the data set, then \`mammoflow retry --failed\`.`
        : `${path} cannot be read: ${messageOf(error)}. Check the file's permissions, then \`mammoflow retry --failed\`.`,
      cause: error,
    });
  }
}
