import { createHash } from "node:crypto";
import { type DicomImage, readDicom } from "@mammoflow/dicom";
import { type DecodedFrame, decodeFrame } from "./decode-frame.ts";
import { encodePng } from "./encode-png.ts";
import { type Box, type GreyImage, cropped, greyImage, histogramOf, packedPixels } from "./grey-image.ts";
import type { FrameKernels } from "./kernels/frame-kernels.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import type { Recipe } from "./recipe.ts";
import { clahe } from "./steps/clahe.ts";
import { breastBox } from "./steps/crop.ts";
import { resizeArea } from "./steps/resize.ts";
import { scaleFrame } from "./steps/scale.ts";

/** The attributes of a header that may leave the file: none names, dates or identifies anybody. */
export type HeaderFacts = Pick<
  DicomImage,
  "rows" | "columns" | "bitsStored" | "photometricInterpretation" | "transferSyntaxUid"
> &
  Partial<Pick<DicomImage, "manufacturer" | "modality" | "laterality" | "viewPosition">>;

export interface PreparedImage {
  /** 8-bit grey, no metadata. */
  png: Buffer;
  widthPx: number;
  heightPx: number;
  sourceSha256: string;
  pngSha256: string;
  header: HeaderFacts;
  /** The part of the frame that is in the picture, in the frame's pixels. */
  cropBox: Box;
  warnings: string[];
}

/** Below this share of the frame a crop is more likely a burnt-in text than a breast. */
const suspiciousCropShare = 0.01;

/**
 * Turns a DICOM file into a training image, step by step as the recipe says.
 *
 * A function of its arguments alone: the same bytes and recipe give the same PNG.
 *
 * @param source the name of the file, for error messages
 * @throws DicomError when the file cannot be decoded
 */
export async function prepareImage(bytes: Uint8Array, recipe: Recipe, source: string): Promise<PreparedImage> {
  const sourceSha256 = sha256(bytes);
  const header = readDicom(bytes, source);
  const kernels = loadKernels();
  const frame = await decodeFrame(header, kernels);
  const warnings = header.frames > 1 ? [`the file has ${header.frames} frames, of which the first is used`] : [];
  const result = runSteps(frame, header, recipe, kernels);
  const png = await encodePng(packedPixels(result.image), result.image.width, result.image.height);
  return {
    png,
    widthPx: result.image.width,
    heightPx: result.image.height,
    sourceSha256,
    pngSha256: sha256(png),
    header: headerFacts(header),
    cropBox: result.cropBox,
    warnings: [...warnings, ...result.warnings],
  };
}

function runSteps(
  frame: DecodedFrame,
  header: DicomImage,
  { steps: [scale, ...steps] }: Recipe,
  kernels: FrameKernels,
): { image: GreyImage; cropBox: Box; warnings: string[] } {
  const scaled = scaleFrame(frame, header, scale, kernels);
  const { warnings } = scaled;
  let { image } = scaled;
  let histogram: Uint32Array | undefined = scaled.histogram; // of `image`; undefined once that has changed
  let cropBox: Box = { x: 0, y: 0, width: header.columns, height: header.rows };
  for (const step of steps) {
    switch (step.step) {
      case "crop": {
        const box = breastBox(image, histogram ?? histogramOf(image), kernels);
        cropBox = inFrame(box, image, cropBox);
        image = cropped(image, box);
        warnings.push(...cropWarnings(cropBox, header));
        break;
      }
      case "resize":
        image = greyImage(resizeArea(image, step.widthPx, step.heightPx, kernels), step.widthPx, step.heightPx);
        break;
      case "clahe":
        image = greyImage(clahe(image, step), image.width, image.height);
        break;
    }
    histogram = undefined;
  }
  return { image, cropBox, warnings };
}

/** A box of an image, in the pixels of the frame of which the image shows `shown`; rounded outwards. */
function inFrame(box: Box, image: GreyImage, shown: Box): Box {
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

function cropWarnings(box: Box, { rows, columns }: DicomImage): string[] {
  const share = (box.width * box.height) / (rows * columns);
  if (share === 1) return ["nothing was cropped: no region stands out from the background"];
  if (share < suspiciousCropShare) return [`the crop kept only ${(share * 100).toFixed(2)} % of the frame`];
  return [];
}

function headerFacts(image: DicomImage): HeaderFacts {
  const { rows, columns, bitsStored, photometricInterpretation, transferSyntaxUid } = image;
  const { manufacturer, modality, laterality, viewPosition } = image;
  return {
    rows,
    columns,
    bitsStored,
    photometricInterpretation,
    transferSyntaxUid,
    ...(manufacturer !== undefined && { manufacturer }),
    ...(modality !== undefined && { modality }),
    ...(laterality !== undefined && { laterality }),
    ...(viewPosition !== undefined && { viewPosition }),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
