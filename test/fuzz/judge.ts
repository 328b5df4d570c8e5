import { inflateSync } from "node:zlib";
import { type DicomImage, decodePixels, readDicom, readHeader } from "@mammoflow/dicom";
import { type PreparedImage, type Recipe, fileMemory, prepareImage, recipePresets } from "@mammoflow/imaging";
import { AppError, collectGarbage } from "@mammoflow/runtime";
import sharp from "sharp";

/** What became of a file. */
export interface Verdict {
  /** `image`, or the code of the error. */
  outcome: string;
  /** What should not have happened. */
  problem?: string;
}

const source = "fuzzed.dicom";
const presets: Recipe[] = Object.values(recipePresets);
/** Every step on small pictures, so that most mutations cost a millisecond. */
const quickRecipes: Recipe[] = [
  {
    version: 1,
    steps: [
      { step: "scale", from: "minmax", padding: "black" },
      { step: "crop", method: "otsu" },
      { step: "resize", method: "area", widthPx: 9, heightPx: 14 },
      { step: "clahe", clipLimit: 2, tilesX: 2, tilesY: 3 },
    ],
  },
  {
    version: 1,
    steps: [
      { step: "scale", from: "voi", padding: "black", bits: 16 },
      { step: "orient", breast: "left" },
      { step: "mask" },
      { step: "crop", method: "breast", marginPx: 2 },
      { step: "resize", method: "area", fit: "pad", widthPx: 20, heightPx: 16 },
      { step: "clahe", clipLimit: 1, tilesX: 2, tilesY: 2 },
    ],
  },
  {
    version: 1,
    steps: [
      { step: "scale", from: "percentiles", padding: "keep", bits: 16, lowPercent: 1, highPercent: 99 },
      { step: "crop", method: "otsu", marginPx: 1 },
    ],
  },
  {
    version: 1,
    steps: [
      { step: "scale", from: "window", padding: "keep" },
      { step: "match", reference: Array.from({ length: 256 }, (_, level) => level) },
    ],
  },
];

/**
 * Reads, decodes and prepares a file in this process: it must become an image, or an error with a code.
 *
 * @param number decides which frame is decoded and which recipe is used
 */
export async function judge(bytes: Buffer, number: number): Promise<Verdict> {
  const decoded = await outcomeOf(() => decode(bytes, number % 3));
  const header = await outcomeOf(() => readStart(bytes, number));
  const prepared = await outcomeOf(() => prepare(bytes, number));
  const problem = decoded.problem ?? header.problem ?? prepared.problem;
  if (problem !== undefined) return { outcome: prepared.outcome, problem };
  if (number % 3 === 0 && decoded.outcome !== prepared.outcome && decoded.outcome !== "DICOM_NOT_DICOM")
    return { ...prepared, problem: `decoded alone: ${decoded.outcome}; prepared: ${prepared.outcome}` };
  return prepared;
}

/** What becomes of a file, as a text to be compared. */
export async function fingerprint(bytes: Buffer): Promise<string> {
  try {
    const { png, geometry } = await prepareImage(Uint8Array.from(bytes), quickRecipes[0]!, source);
    return `${JSON.stringify(geometry)} ${png.toString("base64")}`;
  } catch (error) {
    return String(error); // some files are sound and refused
  }
}

/** Above this the garbage of one pass over a file goes before the next begins: a worker makes only one. */
const muchMemory = 200 * 2 ** 20;
/** What is held for good must not cost a collection a file: only what came on top of it since the last one. */
const muchGarbage = 32 * 2 ** 20;
let heldBytes = 0;

async function outcomeOf(work: () => Promise<string | undefined>): Promise<Verdict> {
  try {
    const problem = await work();
    return problem === undefined ? { outcome: "image" } : { outcome: "image", problem };
  } catch (error) {
    return judgeError(error);
  } finally {
    if (process.memoryUsage.rss() > Math.max(muchMemory, heldBytes + muchGarbage)) {
      await collectGarbage();
      heldBytes = process.memoryUsage.rss();
    }
  }
}

function judgeError(error: unknown): Verdict {
  if (!(error instanceof AppError)) return { outcome: "thrown", problem: describe(error) };
  const { code, message, retryable, cause } = error;
  const isTold = /^[A-Z][A-Z0-9_]+$/.test(code) && !/^(UNEXPECTED|CHILD_.*)$/.test(code);
  if (!isTold || retryable || !message.includes(source)) return { outcome: code, problem: describe(error) };
  // A fault of ours, or a memory that was too small for what was done in it, that passes for one of the file.
  const isHidden = cause instanceof TypeError || cause instanceof RangeError || cause instanceof ReferenceError;
  return isHidden ? { outcome: code, problem: describe(cause) } : { outcome: code };
}

async function decode(bytes: Buffer, frame: number): Promise<string | undefined> {
  const image: DicomImage = readDicom(bytes, source);
  const { samples, rows, columns, bitsStored, isSigned } = await decodePixels(image, {
    frame: Math.min(frame, image.frames - 1),
  });
  if (rows < 1 || columns < 1 || samples.length !== rows * columns)
    return `${samples.length} samples for ${columns} x ${rows} pixels`;
  const low = isSigned ? -(2 ** (bitsStored - 1)) : 0;
  const high = low + 2 ** bitsStored - 1;
  for (let at = 0; at < samples.length; at += 1 + (samples.length >> 12))
    if (!(samples[at]! >= low && samples[at]! <= high)) return `a sample of ${samples[at]} in ${bitsStored} bits`;
  return undefined;
}

/** As `validate` does it: with some of the first bytes, however many are asked for. */
async function readStart(bytes: Buffer, number: number): Promise<undefined> {
  readHeader(bytes.subarray(0, bytes.length >> (number % 4)), source, bytes.length);
}

/** As the worker does it: the file's bytes lie in the kernels' memory. */
async function prepare(bytes: Buffer, number: number): Promise<string | undefined> {
  const memory = fileMemory(bytes.length);
  memory.set(bytes);
  const recipe =
    number % 16 === 0 ? presets[(number / 16) % presets.length]! : quickRecipes[number % quickRecipes.length]!;
  return checkPrepared(await prepareImage(memory.subarray(0, bytes.length), recipe, source), number % 64 === 0);
}

/** @param isWhole also asks another decoder */
export async function checkPrepared(
  { png, widthPx, heightPx, geometry }: PreparedImage,
  isWhole: boolean,
): Promise<string | undefined> {
  if (
    ![geometry.cropBox, geometry.contentBox].every(
      ({ x, y, width, height }) => x >= 0 && y >= 0 && width > 0 && height > 0,
    )
  )
    return `a crop to ${JSON.stringify(geometry)}`;
  if (widthPx < 1 || heightPx < 1 || png.readUInt32BE(16) !== widthPx || png.readUInt32BE(20) !== heightPx)
    return `a PNG that says other than ${widthPx} x ${heightPx}`;
  const rowBytes = 1 + widthPx * (png[24]! / 8);
  const dataAt = png.indexOf("IDAT") + 4;
  const pixels = inflateSync(png.subarray(dataAt, dataAt + png.readUInt32BE(dataAt - 8)));
  if (pixels.length !== rowBytes * heightPx)
    return `a PNG of ${pixels.length} bytes for ${widthPx} x ${heightPx} pixels`;
  if (!isWhole) return undefined;
  const { info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return info.width === widthPx && info.height === heightPx ? undefined : `sharp reads ${info.width} x ${info.height}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
