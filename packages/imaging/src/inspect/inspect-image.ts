import { decodeFrame, type StoredFrame } from "../decode-frame.ts";
import { describeStep } from "../describe-recipe.ts";
import { type Geometry, wholeFrame } from "../geometry.ts";
import { type GreyImage, eightBitImage, greyImage, packedPixels, wholeOf } from "../grey-image.ts";
import { type HeaderFacts, type ImageSource, openImage } from "../image-source.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { loadKernels } from "../kernels/load-kernels.ts";
import type { Recipe, RecipeStep } from "../recipe.ts";
import { runSteps } from "../run-steps.ts";
import type { Side } from "../steps/chest-wall.ts";
import { resizeArea } from "../steps/resize.ts";
import { scaleFrame } from "../steps/scale.ts";

/** The picture after a step, small enough to look at. */
export interface Stage {
  /** `file` for the frame before the recipe, else the step's name. */
  name: "file" | RecipeStep["step"];
  description: string;
  widthPx: number;
  heightPx: number;
  geometry: Geometry;
  /** 8 bit, made smaller where the picture is large. */
  preview: GreyImage<Uint8Array>;
}

/** What `inspectImage` finds out. */
export interface Inspection {
  header: HeaderFacts;
  /** What the file says about its values. */
  greyScale: Pick<ImageSource, "isInverted" | "rescale" | "windows" | "padding" | "frames"> & {
    hasModalityLut: boolean;
    voiLuts: number;
  };
  /** Of the stored values: the range, and how many lie in each of its equal parts. */
  histogram: { low: number; high: number; counts: number[] };
  stages: Stage[];
  chestWall?: Side;
  warnings: string[];
}

const histogramParts = 64;

/**
 * Takes an image through a recipe and keeps what it looked like after each step.
 *
 * @param bytes not in `fileMemory`, which the pictures take
 * @param previewPx the longer side of the pictures kept, at most
 * @param source the name of the file, for messages
 * @throws DicomError when the file cannot be decoded
 */
export async function inspectImage(
  bytes: Uint8Array,
  recipe: Recipe,
  source: string,
  previewPx: number,
): Promise<Inspection> {
  const opened = await openImage(bytes, source);
  const kernels = loadKernels();
  const whole = await decodeFrame(opened, kernels);
  const histogram = histogramOf(whole);
  const stages: Stage[] = [wholeFileStage(whole, opened, previewPx, kernels)]; // which takes the frame's place
  const frame = await decodeFrame(opened, kernels);
  const { chestWall, warnings } = runSteps(frame, opened, recipe, kernels, (step, image, geometry) => {
    const { width: widthPx, height: heightPx } = image;
    const preview = previewOf(image, previewPx, kernels);
    stages.push({ name: step.step, description: describeStep(step), widthPx, heightPx, geometry, preview });
  });
  const { isInverted, rescale, windows, padding, frames, modalityLut, voiLuts } = opened;
  return {
    header: opened.facts,
    greyScale: {
      isInverted,
      rescale,
      windows,
      ...(padding && { padding }),
      frames,
      hasModalityLut: modalityLut !== undefined,
      voiLuts: voiLuts.length,
    },
    histogram,
    stages,
    ...(chestWall && { chestWall }),
    warnings: [...opened.warnings, ...frame.warnings, ...warnings],
  };
}

function wholeFileStage(frame: StoredFrame, opened: ImageSource, previewPx: number, kernels: Kernels): Stage {
  const scaled = scaleFrame(frame, opened, { step: "scale", from: "minmax", padding: "keep" }, kernels);
  const image = scaled.cut(wholeOf(scaled));
  return {
    name: "file",
    description: "as it lies in the file, from its smallest to its largest value",
    widthPx: image.width,
    heightPx: image.height,
    geometry: wholeFrame(image.width, image.height),
    preview: previewOf(image, previewPx, kernels),
  };
}

function previewOf(image: GreyImage, previewPx: number, kernels: Kernels): GreyImage<Uint8Array> {
  const shrink = Math.min(1, previewPx / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * shrink));
  const height = Math.max(1, Math.round(image.height * shrink));
  const small = shrink === 1 ? image : resizeArea(image, width, height, kernels);
  return eightBitImage(greyImage(packedPixels(small), width, height)); // a copy: the next step may overwrite the image
}

function histogramOf({ counts, low, high, storedOf }: StoredFrame): Inspection["histogram"] {
  const values = high - low + 1;
  const parts = Array.from({ length: Math.min(histogramParts, values) }, () => 0);
  for (let value = low; value <= high; value++) {
    const part = Math.floor(((value - low) * parts.length) / values);
    parts[part] = (parts[part] ?? 0) + (counts[value & 0xffff] ?? 0);
  }
  return { low: storedOf(low), high: storedOf(high), counts: parts };
}
