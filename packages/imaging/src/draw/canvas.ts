import type { Box } from "../grey-image.ts";
import { textDots } from "./dot-letters.ts";

export type Colour = readonly [red: number, green: number, blue: number];

/** A picture in colour, `[height, width, 3]`, 8 bits a channel. */
export interface Canvas {
  pixels: Uint8Array;
  width: number;
  height: number;
}

/** Side of one dot of a letter. */
export const dotPx = 2;

export const ground: Colour = [16, 22, 27];
export const ink: Colour = [232, 237, 241];
export const muted: Colour = [165, 178, 189];

export function canvasOf(width: number, height: number, colour: Colour): Canvas {
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < pixels.length; at += 3) pixels.set(colour, at);
  return { pixels, width, height };
}

/** One pixel; nothing where it lies outside. */
export function paint({ pixels, width, height }: Canvas, x: number, y: number, colour: Colour): void {
  if (x >= 0 && y >= 0 && x < width && y < height) pixels.set(colour, (y * width + x) * 3);
}

/** The border of a box, one pixel wide, inside it. */
export function outline(canvas: Canvas, box: Box, colour: Colour): void {
  for (let x = box.x; x < box.x + box.width; x++) {
    paint(canvas, x, box.y, colour);
    paint(canvas, x, box.y + box.height - 1, colour);
  }
  for (let y = box.y; y < box.y + box.height; y++) {
    paint(canvas, box.x, y, colour);
    paint(canvas, box.x + box.width - 1, y, colour);
  }
}

/** A line of text, its upper left corner at the place given. */
export function write(canvas: Canvas, text: string, left: number, top: number, colour: Colour): void {
  for (const dot of textDots(text))
    for (let y = 0; y < dotPx; y++)
      for (let x = 0; x < dotPx; x++) paint(canvas, left + dot.x * dotPx + x, top + dot.y * dotPx + y, colour);
}

/**
 * As a PNG without metadata.
 *
 * @param inPalette with the 256 colours that come nearest, in less than half the bytes
 */
export async function encoded({ pixels, width, height }: Canvas, inPalette = false): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png(inPalette ? { palette: true, effort: 7 } : { compressionLevel: 6 })
    .toBuffer();
}
