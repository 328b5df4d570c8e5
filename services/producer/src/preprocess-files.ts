import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
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

/** Files of a folder that are taken for images; what they are is then told by their bytes. */
const imageName = /\.(dicom|dcm|png|jpe?g|tiff?|pgm)$/i;

/**
 * Prepares files by the workers' very code, without a queue. A folder's structure is kept; one bad file stops nothing.
 *
 * @throws AppError `INPUT_MISSING`, `INPUT_EMPTY`, `INPUT_TWICE`, `OUTPUT`
 */
export async function preprocessFiles({
  inputs,
  out,
  recipe,
  jobs,
  onImage,
}: PreprocessFilesOptions): Promise<PreprocessOutcome> {
  const files = (await Promise.all(inputs.map((input) => filesOf(input, out)))).flat();
  if (files.length === 0)
    throw new AppError({
      code: "INPUT_EMPTY",
      message: `${inputs.join(", ")} holds no .dicom, .dcm, .png, .jpg, .tif or .pgm file: name the files, or another folder.`,
    });
  rejectClashes(files, out);
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
          await write(join(out, name), png);
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

interface InputFile {
  path: string;
  /** Of the output, below the folder for outputs. */
  name: string;
}

/** @param out is left out of a folder that it lies below: a second run would prepare what the first has made. */
async function filesOf(input: string, out: string): Promise<InputFile[]> {
  const found = await stat(input).catch((error: unknown) => {
    throw new AppError({
      code: "INPUT_MISSING",
      message: `${input} cannot be read: ${messageOf(error)}. Check the path.`,
      cause: error,
    });
  });
  const outputName = (name: string): string => `${name.replace(imageName, "")}.png`;
  if (!found.isDirectory()) return [{ path: input, name: outputName(basename(input)) }];
  const entries = await readdir(input, { recursive: true, withFileTypes: true });
  const made = resolve(out) === resolve(input) ? undefined : resolve(out) + sep;
  return entries
    .filter((entry) => !entry.isDirectory() && imageName.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => made === undefined || !resolve(path).startsWith(made))
    .toSorted()
    .map((path) => ({ path, name: outputName(relative(input, path)) }));
}

/** No output may take another's place, nor an input's. */
function rejectClashes(files: InputFile[], out: string): void {
  const inputs = new Set(files.map(({ path }) => resolve(path)));
  const outputs = new Map<string, string>();
  for (const { path, name } of files) {
    const output = resolve(out, name);
    const other = outputs.get(output) ?? (inputs.has(output) ? output : undefined);
    if (other !== undefined)
      throw new AppError({
        code: "INPUT_TWICE",
        message:
          resolve(path) === output
            ? `${path} would be overwritten by what is made of it: choose another --out.`
            : `${path} and ${other} would both be ${output}: choose another --out, or prepare them one after the other.`,
      });
    outputs.set(output, path);
  }
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
