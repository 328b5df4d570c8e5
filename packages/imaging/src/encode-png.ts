import sharp from "sharp";

/** A PNG of 8-bit grey and nothing else: no metadata, no time, the same bytes for the same pixels. */
export async function encodePng(pixels: Uint8Array, widthPx: number, heightPx: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 1 } })
    .toColourspace("b-w")
    .png({ compressionLevel: 2, adaptiveFiltering: true, palette: false })
    .toBuffer();
}
