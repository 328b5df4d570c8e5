import type { GreyImage } from "../grey-image.ts";
import type { Kernels } from "../kernels/kernels.ts";

/** The two source pixels that a target pixel lies between, along one side, and the share of the second. */
export interface Blend {
  before: number;
  behind: number;
  /** 0..1, single precision. */
  share: number;
}

/**
 * What OpenCV's `INTER_AREA` becomes where a side grows: linear interpolation whose blends are no wider than one target
 * pixel; in its fixed-point arithmetic for 8 bits, in its single precision for 16.
 */
export function enlargeLinear(image: GreyImage, widthPx: number, heightPx: number, kernels: Kernels): GreyImage {
  return kernels.enlarge(image, blends(image.width, widthPx), blends(image.height, heightPx));
}

function blends(from: number, to: number): Blend[] {
  const inverse = to / from;
  const scale = 1 / inverse; // not `from / to`: the last bit decides between neighbours, and must be OpenCV's
  return Array.from({ length: to }, (_, index) => {
    const before = Math.floor(index * scale);
    const reach = Math.fround(index + 1 - (before + 1) * inverse);
    const share = reach <= 0 ? 0 : reach - Math.floor(reach);
    return { before, behind: Math.min(before + 1, from - 1), share: Math.fround(share) };
  });
}
