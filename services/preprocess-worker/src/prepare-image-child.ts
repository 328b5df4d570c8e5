import { readFile } from "node:fs/promises";
import { prepareImage, type PreparedImage, type Recipe } from "@mammoflow/imaging";
import { AppError, serveRequests } from "@mammoflow/runtime";

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

serveRequests(async ({ path, source, recipe }: PrepareRequest): Promise<PrepareAnswer> => {
  const bytes = await readFile(path).catch((error: unknown) => {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new AppError({
      code: isMissing ? "SOURCE_MISSING" : "SOURCE_UNREADABLE",
      message: isMissing
        ? `${source} is listed in the data set but absent at ${path}: complete the data set, then \`mammoflow retry --failed\`.`
        : `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}. Check the file's permissions, then \`mammoflow retry --failed\`.`,
      cause: error,
    });
  });
  return {
    ...(await prepareImage(bytes, recipe, source)),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
});
