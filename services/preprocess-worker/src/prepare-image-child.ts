import { prepareImage, type PreparedImage, type Recipe } from "@mammoflow/imaging";
import { AppError, messageOf, serveRequests } from "@mammoflow/runtime";
import { createFileReader } from "./file-reader.ts";

/** The file to prepare; `source` names it in messages. */
export interface PrepareRequest {
  path: string;
  source: string;
  recipe: Recipe;
}

export interface PrepareAnswer extends PreparedImage {
  /** The most memory that this process has held. */
  peakRssMb: number;
}

const read = createFileReader();

serveRequests(async ({ path, source, recipe }: PrepareRequest): Promise<PrepareAnswer> => {
  const prepared = await prepareImage(readOrExplain(path, source), recipe, source);
  return { ...prepared, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024) };
});

function readOrExplain(path: string, source: string): Uint8Array {
  try {
    return read(path);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new AppError({
      code: isMissing ? "SOURCE_MISSING" : "SOURCE_UNREADABLE",
      message: isMissing
        ? `${source} is listed in the data set but absent at ${path}: complete the data set, then \`mammoflow retry --failed\`.`
        : `${path} cannot be read: ${messageOf(error)}. Check the file's permissions, then \`mammoflow retry --failed\`.`,
      cause: error,
    });
  }
}
