import { readDicom } from "@mammoflow/dicom";
import { decodeFrame } from "./decode-frame.ts";
import { encodePng } from "./encode-png.ts";
import { packedPixels } from "./grey-image.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { resizeArea } from "./steps/resize.ts";
import { scaleFrame } from "./steps/scale.ts";

/**
 * The image as it lies in the file, for a picture beside the prepared one: smallest to largest value as black to white,
 * uncropped, aspect ratio kept.
 *
 * @param maxPx the longer side; a smaller image keeps its size
 * @returns a PNG, 8-bit grey, no metadata
 * @throws DicomError when the file cannot be decoded
 */
export async function renderPreview(bytes: Uint8Array, source: string, maxPx: number): Promise<Buffer> {
  const header = readDicom(bytes, source);
  const kernels = loadKernels();
  const frame = await decodeFrame(header, kernels);
  const { image } = scaleFrame(frame, header, { step: "scale", from: "minmax", padding: "keep" }, kernels);
  const shrink = Math.min(1, maxPx / Math.max(image.width, image.height));
  const widthPx = Math.max(1, Math.round(image.width * shrink));
  const heightPx = Math.max(1, Math.round(image.height * shrink));
  const preview = shrink === 1 ? packedPixels(image) : resizeArea(image, widthPx, heightPx, kernels);
  return encodePng(preview, widthPx, heightPx);
}
