import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Recipe } from "@mammoflow/imaging";
import type { PrepareAnswer, PrepareRequest } from "@mammoflow/preprocess-worker/prepare-image-child";
import { AppError, createProcessPool, loadSettings, messageOf } from "@mammoflow/runtime";

export interface PreprocessFilesOptions {
  inputs: string[];
  out: string;
  recipe: Recipe;
  jobs: number;
  onImage: (done: number, total: number) => void;
}

export interface PreprocessOutcome {
  images: number;
  failures: { file: string; reason: string }[];
  /** From the first answer of the last process to the end; starting the processes is not in it. */
  seconds: number;
  imagesPerSecond: number;
  /** Of the process that held most. */
  peakRssMb: number;
}

/**
 * Prepares files by the workers' very code, without a queue. A folder's structure is kept; one bad file stops nothing.
 *
 * @throws AppError `INPUT_MISSING`, `INPUT_EMPTY`, `OUTPUT`
 */
export async function preprocessFiles({
  inputs,
  out,
  recipe,
  jobs,
  onImage,
}: PreprocessFilesOptions): Promise<PreprocessOutcome> {
  const files = (await Promise.all(inputs.map(filesOf))).flat();
  if (files.length === 0)
    throw new AppError({
      code: "INPUT_EMPTY",
      message: `${inputs.join(", ")} holds no .dicom or .dcm file: name the files, or another folder.`,
    });
  const settings = loadSettings();
  const size = Math.min(jobs, files.length);
  const pool = createProcessPool<PrepareRequest, PrepareAnswer>({
    module: new URL(import.meta.resolve("@mammoflow/preprocess-worker/prepare-image-child")),
    size,
    deadlineMs: settings.imageTimeoutMs,
    memoryMb: settings.childMemoryMb,
  });
  const failures: PreprocessOutcome["failures"] = [];
  let ended = 0;
  let warmAt = performance.now();
  let warmed = 0;
  let peakRssMb = 0;
  try {
    await Promise.all(
      files.map(async ({ path, name }) => {
        try {
          const { png, peakRssMb: heldMb } = await pool.call({ path, source: path, recipe, hashesSource: false });
          peakRssMb = Math.max(peakRssMb, heldMb);
          await write(join(out, `${name.replace(/\.(dicom|dcm)$/i, "")}.png`), png);
        } catch (error) {
          if (error instanceof AppError && error.code === "OUTPUT") throw error;
          failures.push({ file: path, reason: messageOf(error) });
        }
        onImage(++ended, files.length);
        if (ended <= size && ended < files.length) {
          warmAt = performance.now();
          warmed = ended;
        }
      }),
    );
  } finally {
    await pool.close();
  }
  const seconds = (performance.now() - warmAt) / 1000;
  return {
    images: files.length - failures.length,
    failures,
    seconds: Number(seconds.toFixed(3)),
    imagesPerSecond: Number(((files.length - warmed) / Math.max(seconds, 1e-3)).toFixed(2)),
    peakRssMb,
  };
}

async function filesOf(input: string): Promise<{ path: string; name: string }[]> {
  const found = await stat(input).catch((error: unknown) => {
    throw new AppError({
      code: "INPUT_MISSING",
      message: `${input} cannot be read: ${messageOf(error)}. Check the path.`,
      cause: error,
    });
  });
  if (!found.isDirectory()) return [{ path: input, name: basename(input) }];
  const entries = await readdir(input, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && /\.(dicom|dcm)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => ({ path, name: relative(input, path) }));
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  } catch (error) {
    throw new AppError({
      code: "OUTPUT",
      message: `${file} cannot be written: ${messageOf(error)}. Choose another --out.`,
      cause: error,
    });
  }
}
