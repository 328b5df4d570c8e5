import type { StoredFrame } from "./decode-frame.ts";
import { type Geometry, croppedTo, mirrored, resizedTo, wholeFrame } from "./geometry.ts";
import { type Box, type GreyImage, wholeOf } from "./grey-image.ts";
import type { ImageSource } from "./image-source.ts";
import type { Kernels } from "./kernels/kernels.ts";
import { Picture } from "./picture.ts";
import type { CropStep, Recipe, RecipeStep } from "./recipe.ts";
import { type Side, chestWallSide, opposite } from "./steps/chest-wall.ts";
import { clahe } from "./steps/clahe.ts";
import { cropWarnings, regionBox, widened } from "./steps/crop.ts";
import { maskOutside } from "./steps/mask.ts";
import { matchHistogram } from "./steps/match.ts";
import { mirrorImage, mirroredRegion } from "./steps/mirror.ts";
import { resizePadded } from "./steps/resize-padded.ts";
import { resizeArea } from "./steps/resize.ts";
import { scaleFrame } from "./steps/scale.ts";

/** What a recipe makes of a frame. */
export interface StepsResult {
  image: GreyImage;
  geometry: Geometry;
  /** The side of the frame, as it lies in the file, on which the chest wall is; known where a step needs it. */
  chestWall?: Side;
  warnings: string[];
}

/** Is shown each step and what it left, which the next step may overwrite. */
export type StepObserver = (step: RecipeStep, image: GreyImage, geometry: Geometry) => void;

/** Takes a decoded frame through a recipe's steps; the image lives in memory that the next frame takes back. */
export function runSteps(
  frame: StoredFrame,
  source: ImageSource,
  { steps: [scale, ...steps] }: Recipe,
  kernels: Kernels,
  observe?: StepObserver,
): StepsResult {
  const scaled = scaleFrame(frame, source, scale, kernels);
  const { warnings } = scaled;
  const picture = new Picture(scaled, kernels);
  let geometry = wholeFrame(source.columns, source.rows);
  let chestWall: Side | undefined;
  const sideInPicture = (): Side => (geometry.isMirrored ? opposite(chestWall ?? "left") : (chestWall ?? "left"));
  // Found in the frame itself, which shows the breast best; the image takes the frame's place.
  const region = steps.some(needsBreast) ? picture.region : undefined;
  if (steps.some(needsSide)) {
    const found = chestWallSide(region, source);
    chestWall = found.side;
    warnings.push(...found.warnings);
  }
  observe?.(scale, picture.image, geometry);

  for (const step of steps) {
    switch (step.step) {
      case "orient":
        if (sideInPicture() === step.breast) break;
        mirrorImage(picture.image);
        picture.change(picture.image, picture.region && mirroredRegion(picture.region));
        geometry = mirrored(geometry, picture.width);
        break;
      case "mask":
        if (picture.region === undefined) {
          warnings.push("nothing was masked: no background stands out from a breast");
          break;
        }
        maskOutside(picture.image, picture.region);
        picture.change(picture.image, picture.region);
        break;
      case "crop": {
        const box = widened(boxToKeep(step, picture), step.marginPx ?? 0, picture);
        const kept = croppedTo(geometry, box);
        if (kept === undefined) {
          warnings.push("nothing was cropped: nothing but padding stands out from the background");
          break;
        }
        const frameSize = { width: source.columns, height: source.rows };
        warnings.push(...cropWarnings(kept.cropBox, frameSize, step.method === "otsu" ? picture.histogram : undefined));
        geometry = kept;
        picture.crop(box);
        break;
      }
      case "resize": {
        const { widthPx, heightPx } = step;
        const resized =
          step.fit === "pad"
            ? resizePadded(picture.image, step, sideInPicture(), kernels)
            : {
                image: resizeArea(picture.image, widthPx, heightPx, kernels),
                contentBox: wholeOf({ width: widthPx, height: heightPx }),
              };
        geometry = resizedTo(geometry, picture, resized.contentBox);
        picture.change(resized.image);
        break;
      }
      case "clahe":
        picture.change(clahe(picture.image, step, kernels));
        break;
      case "match":
        picture.change(matchHistogram(picture.image, step.reference));
        break;
    }
    observe?.(step, picture.image, geometry);
  }
  return { image: picture.image, geometry, ...(chestWall && { chestWall }), warnings };
}

function needsSide(step: RecipeStep): boolean {
  return step.step === "orient" || (step.step === "resize" && step.fit === "pad");
}

function needsBreast(step: RecipeStep): boolean {
  return step.step === "mask" || (step.step === "crop" && step.method === "breast") || needsSide(step);
}

function boxToKeep({ method }: CropStep, picture: Picture): Box {
  return method === "breast" ? regionBox(picture.region, picture) : picture.otsuBox();
}
