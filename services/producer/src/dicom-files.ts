import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { AppError, messageOf } from "@mammoflow/runtime";

/**
 * The files that are named, and those below the folders that are named which look like DICOM: by their extension, or, as files
 * from archives often have none, by the mark of PS3.10 section 7.1. A DICOMDIR is an index of names and no image: left out.
 *
 * @throws AppError `INPUT_MISSING`, `INPUT_EMPTY`
 */
export async function dicomFiles(inputs: string[]): Promise<{ files: string[]; skipped: number }> {
  const found = await Promise.all(inputs.map(filesOf));
  const files = [...new Set(found.flatMap((one) => one.files))];
  if (files.length > 0) return { files, skipped: found.reduce((sum, one) => sum + one.skipped, 0) };
  throw new AppError({
    code: "INPUT_EMPTY",
    message: `${inputs.join(", ")} holds no DICOM file: name the files, or another folder.`,
  });
}

async function filesOf(input: string): Promise<{ files: string[]; skipped: number }> {
  const found = await stat(input).catch((error: unknown) => {
    throw new AppError({
      code: "INPUT_MISSING",
      message: `${input} cannot be read: ${messageOf(error)}. Check the path.`,
      cause: error,
    });
  });
  if (!found.isDirectory()) return { files: [input], skipped: 0 };
  const entries = await readdir(input, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const files: string[] = [];
  for (const path of paths) if (await looksLikeDicom(path)) files.push(path);
  return { files, skipped: paths.length - files.length };
}

async function looksLikeDicom(path: string): Promise<boolean> {
  if (/^dicomdir$/i.test(basename(path))) return false;
  if (/\.(dicom|dcm)$/i.test(path)) return true;
  return (await bytesAt(path, 128, 4).catch(() => undefined)) === "DICM";
}

async function bytesAt(path: string, position: number, length: number): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}
