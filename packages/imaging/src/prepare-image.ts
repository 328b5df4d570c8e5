import { createHash } from "node:crypto";
import { decodeFrame } from "./decode-frame.ts";
import type { Geometry } from "./geometry.ts";
import { type HeaderFacts, openImage } from "./image-source.ts";
import { invertedWarning, looksInverted } from "./inverted-picture.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { encodePng } from "./png/encode-png.ts";
import type { Recipe } from "./recipe.ts";
import { runSteps } from "./run-steps.ts";
import type { Side } from "./steps/chest-wall.ts";

export interface PreparedImage {
  /** Grey, of the recipe's bits, no metadata. */
  png: Buffer;
  widthPx: number;
  heightPx: number;
  pngSha256: string;
  header: HeaderFacts;
  /** Where the picture shows which part of the frame. */
  geometry: Geometry;
  /** The side of the frame on which the chest wall is; known where a step of the recipe needs it. */
  chestWall?: Side;
  warnings: string[];
}

/**
 * Turns an image file into a training image, step by step as the recipe says.
 *
 * A function of its arguments alone: the same bytes and recipe give the same PNG.
 *
 * @param source the name of the file, for error messages
 * @param onDecoded called between decoding and the recipe's steps, for those who take the time
 * @throws DicomError or ImageError when the file cannot be decoded
 */
export async function prepareImage(
  bytes: Uint8Array,
  recipe: Recipe,
  source: string,
  onDecoded?: () => void,
): Promise<PreparedImage> {
  const opened = await openImage(bytes, source);
  const kernels = loadKernels();
  const frame = await decodeFrame(opened, kernels);
  onDecoded?.();
  const inverted = looksInverted(frame, opened) ? [invertedWarning] : [];
  const { image, geometry, chestWall, warnings } = runSteps(frame, opened, recipe, kernels);
  const png = encodePng(image, kernels);
  return {
    png,
    widthPx: image.width,
    heightPx: image.height,
    pngSha256: sha256(png),
    header: opened.facts,
    geometry,
    ...(chestWall && { chestWall }),
    warnings: [...opened.warnings, ...frame.warnings, ...inverted, ...warnings],
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
