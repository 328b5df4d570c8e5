import { decodeFrame } from "./decode-frame.ts";
import { openImage } from "./image-source.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { encodePng } from "./png/encode-png.ts";
import { resizeArea } from "./steps/resize.ts";
import { scaleFrame } from "./steps/scale.ts";

/**
 * The image as it lies in the file, for a picture beside the prepared one: smallest to largest value as black to white,
 * uncropped, aspect ratio kept.
 *
 * @param maxPx the longer side; a smaller image keeps its size
 * @returns a PNG, 8-bit grey, no metadata
 * @throws DicomError or ImageError when the file cannot be decoded
 */
export async function renderPreview(bytes: Uint8Array, source: string, maxPx: number): Promise<Buffer> {
  const opened = await openImage(bytes, source);
  const kernels = loadKernels();
  const frame = await decodeFrame(opened, kernels);
  const scaled = scaleFrame(frame, opened, { step: "scale", from: "minmax", padding: "keep" }, kernels);
  const image = scaled.cut({ x: 0, y: 0, width: scaled.width, height: scaled.height });
  const shrink = Math.min(1, maxPx / Math.max(image.width, image.height));
  const widthPx = Math.max(1, Math.round(image.width * shrink));
  const heightPx = Math.max(1, Math.round(image.height * shrink));
  return encodePng(shrink === 1 ? image : resizeArea(image, widthPx, heightPx, kernels), kernels);
}
