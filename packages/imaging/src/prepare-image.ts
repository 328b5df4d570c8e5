import { createHash } from "node:crypto";
import { decodeFrame, type StoredFrame } from "./decode-frame.ts";
import { type Box, type GreyImage, cropped, wholeOf } from "./grey-image.ts";
import { type HeaderFacts, type ImageSource, openImage } from "./image-source.ts";
import type { Kernels } from "./kernels/kernels.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { encodePng } from "./png/encode-png.ts";
import type { Recipe } from "./recipe.ts";
import { clahe } from "./steps/clahe.ts";
import { breastBox } from "./steps/crop.ts";
import { resizeArea } from "./steps/resize.ts";
import { scaleFrame } from "./steps/scale.ts";

export interface PreparedImage {
  /** 8-bit grey, no metadata. */
  png: Buffer;
  widthPx: number;
  heightPx: number;
  pngSha256: string;
  header: HeaderFacts;
  /** The part of the frame that is in the picture, in the frame's pixels. */
  cropBox: Box;
  warnings: string[];
}

/** Below this share of the frame a crop is more likely a burnt-in text than a breast. */
const suspiciousCropShare = 0.01;

/**
 * Turns an image file into a training image, step by step as the recipe says.
 *
 * A function of its arguments alone: the same bytes and recipe give the same PNG.
 *
 * @param source the name of the file, for error messages
 * @throws DicomError when the file cannot be decoded
 */
export async function prepareImage(bytes: Uint8Array, recipe: Recipe, source: string): Promise<PreparedImage> {
  const opened = await openImage(bytes, source);
  const kernels = loadKernels();
  const frame = await decodeFrame(opened, kernels);
  const warnings = opened.frames > 1 ? [`the file has ${opened.frames} frames, of which the first is used`] : [];
  const result = runSteps(frame, opened, recipe, kernels);
  const png = encodePng(result.image, kernels);
  return {
    png,
    widthPx: result.image.width,
    heightPx: result.image.height,
    pngSha256: sha256(png),
    header: opened.facts,
    cropBox: result.cropBox,
    warnings: [...opened.warnings, ...warnings, ...result.warnings],
  };
}

function runSteps(
  frame: StoredFrame,
  source: ImageSource,
  { steps: [scale, ...steps] }: Recipe,
  kernels: Kernels,
): { image: GreyImage; cropBox: Box; warnings: string[] } {
  const scaled = scaleFrame(frame, source, scale);
  const { warnings } = scaled;
  let cropBox = wholeOf(scaled);
  let image: GreyImage | undefined; // not made before a step needs it: a crop that comes first spares most of the frame
  const whole = (): GreyImage => scaled.cut(wholeOf(scaled));
  for (const step of steps) {
    switch (step.step) {
      case "crop": {
        const box = image === undefined ? scaled.breastBox() : breastBox(image);
        cropBox = inFrame(box, image ?? scaled, cropBox);
        image = image === undefined ? scaled.cut(box) : cropped(image, box);
        warnings.push(...cropWarnings(cropBox, source));
        break;
      }
      case "resize":
        image = resizeArea(image ?? whole(), step.widthPx, step.heightPx, kernels);
        break;
      case "clahe":
        image = clahe(image ?? whole(), step, kernels);
        break;
    }
  }
  return { image: image ?? whole(), cropBox, warnings };
}

/** A box of an image, in the pixels of the frame of which the image shows `shown`; rounded outwards. */
function inFrame(box: Box, image: { width: number; height: number }, shown: Box): Box {
  const scaleX = shown.width / image.width;
  const scaleY = shown.height / image.height;
  const x = Math.floor(box.x * scaleX);
  const y = Math.floor(box.y * scaleY);
  return {
    x: shown.x + x,
    y: shown.y + y,
    width: Math.ceil((box.x + box.width) * scaleX) - x,
    height: Math.ceil((box.y + box.height) * scaleY) - y,
  };
}

function cropWarnings(box: Box, { rows, columns }: ImageSource): string[] {
  const share = (box.width * box.height) / (rows * columns);
  if (share === 1) return ["nothing was cropped: no region stands out from the background"];
  if (share < suspiciousCropShare) return [`the crop kept only ${(share * 100).toFixed(2)} % of the frame`];
  return [];
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
