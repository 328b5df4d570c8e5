import { type DicomImage, type Pixels, decodePixels } from "@mammoflow/dicom";
import type { FrameKernels } from "./kernels/frame-kernels.ts";

/** Stored values of a frame, and the smallest and largest of them. */
export interface DecodedFrame {
  pixels: Pixels;
  extent: { low: number; high: number };
}

/**
 * Decodes the first frame. Unused bits are cleared only where there are any, which the range tells: it is needed anyway, and a
 * kernel finds it faster than a look at every cell.
 *
 * @throws DicomError when the frame cannot be decoded
 */
export async function decodeFrame(header: DicomImage, kernels: FrameKernels): Promise<DecodedFrame> {
  const pixels = await decodePixels(header, { unusedBits: "unchecked" });
  const extent = kernels.extent(pixels.samples);
  if (pixels.isSigned || extent.high < 2 ** pixels.bitsStored) return { pixels, extent };
  const cleared = await decodePixels(header);
  return { pixels: cleared, extent: kernels.extent(cleared.samples) };
}
