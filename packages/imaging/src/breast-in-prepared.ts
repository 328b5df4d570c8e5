import { eightBitImage, type GreyImage } from "./grey-image.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { type BreastRegion, breastRegion, gridSize } from "./steps/breast-region.ts";
import { resizeArea } from "./steps/resize.ts";

/** The breast in a prepared image; undefined where there is no background to tell it from. */
export function breastInPrepared(image: GreyImage): BreastRegion | undefined {
  const kernels = loadKernels();
  const { width, height } = gridSize(image);
  return kernels.scratch(() => breastRegion(eightBitImage(resizeArea(image, width, height, kernels))));
}
