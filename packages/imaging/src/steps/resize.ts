import type { GreyImage, Size } from "../grey-image.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { enlargeLinear } from "./enlarge-linear.ts";

/**
 * Resizes as OpenCV's `INTER_AREA` does: each pixel is the mean of the area that it covers, partly covered pixels by their
 * share; where a side grows, linear interpolation.
 */
export function resizeArea(image: GreyImage, widthPx: number, heightPx: number, kernels: Kernels): GreyImage {
  if (image.width < widthPx || image.height < heightPx) return enlargeLinear(image, widthPx, heightPx, kernels);
  return kernels.average(image, areasOf(image, widthPx, heightPx));
}

/** The area of the source that each pixel covers. */
export interface Areas {
  columns: AreaSpan[];
  rows: AreaSpan[];
  /** A mean halfway between two levels is rounded up, not to the even one. */
  halvesUp: boolean;
}

/** Source pixels along one side, all of weight 1 but for the first and the last. */
interface AreaSpan {
  first: number;
  /** Behind the last. */
  end: number;
  firstWeight: number;
  lastWeight: number;
  /** What the weights are divided by. */
  area: number;
}

/** For a size that is no larger. */
export function areasOf({ width, height }: Size, widthPx: number, heightPx: number): Areas {
  // Quarters of whole pixels: the one case in which OpenCV rounds halves up.
  const halvesUp = width === 2 * widthPx && height === 2 * heightPx;
  return { columns: areaSpans(width, widthPx), rows: areaSpans(height, heightPx), halvesUp };
}

/** Shares of a pixel below this are left out, as OpenCV does. */
const smallestShare = 1e-3;

/** Which source pixels each of `to` pixels covers, along one side of `from` pixels, and how much of the outer two. */
function areaSpans(from: number, to: number): AreaSpan[] {
  const scale = 1 / (to / from); // to the last bit as OpenCV has it
  return Array.from({ length: to }, (_, index) => {
    const start = index * scale;
    const stop = start + scale;
    const area = Math.min(scale, from - start);
    const lastWhole = Math.min(Math.floor(stop), from - 1);
    const firstWhole = Math.min(Math.ceil(start), lastWhole);
    const hasFirst = firstWhole - start > smallestShare;
    const hasLast = stop - lastWhole > smallestShare;
    return {
      first: hasFirst ? firstWhole - 1 : firstWhole,
      end: hasLast ? lastWhole + 1 : lastWhole,
      firstWeight: hasFirst ? firstWhole - start : 1,
      lastWeight: hasLast ? Math.min(stop - lastWhole, 1) : 1,
      area,
    };
  });
}
