import { AppError } from "./errors.ts";

/** More than any mammogram has: an image stays in memory while it is worked on, in a process that shall stay below 300 MB. */
const mostBytes = 128 * 2 ** 20;

/**
 * Refuses an image file that is too large to be worked on.
 *
 * @param source its name, for the message
 * @throws AppError `SOURCE_TOO_LARGE` when a file has more bytes than are accepted
 */
export function requireFileSize(source: string, sizeBytes: number): void {
  if (sizeBytes <= mostBytes) return;
  const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  throw new AppError({
    code: "SOURCE_TOO_LARGE",
    message: `${source} has ${mebibytes(sizeBytes)}, more than the ${mebibytes(mostBytes)} accepted for a file: leave it out.`,
  });
}
