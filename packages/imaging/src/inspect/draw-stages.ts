import { boxInOutput } from "../geometry.ts";
import type { Box } from "../grey-image.ts";
import type { Stage } from "./inspect-image.ts";
import { letterDots, lineDots, textDots } from "./dot-letters.ts";

type Colour = readonly [red: number, green: number, blue: number];

const ground: Colour = [16, 22, 27];
const ink: Colour = [232, 237, 241];
const muted: Colour = [165, 178, 189];
const amber: Colour = [255, 176, 46];

/** A picture in colour, `[height, width, 3]`. */
interface Canvas {
  pixels: Uint8Array;
  width: number;
  height: number;
}

const gapPx = 12;
const dotPx = 2;
const captionLines = 2;
const captionPx = captionLines * lineDots * dotPx;

/**
 * One stage as a PNG, with boxes of the frame drawn where the stage shows them.
 *
 * @param boxes in the frame's pixels
 */
export async function drawStage({ preview, ...stage }: Stage, boxes: readonly Box[]): Promise<Buffer> {
  const canvas = canvasOf(preview.width, preview.height, ground);
  place(canvas, { preview, ...stage }, boxes, 0, 0);
  return encoded(canvas);
}

/** All stages in a row as one PNG, each with its number, name and size beneath. */
export async function drawStrip(stages: readonly Stage[], boxes: readonly Box[]): Promise<Buffer> {
  const captions = stages.map(({ name, widthPx, heightPx }, index) => [`${index} ${name}`, `${widthPx} x ${heightPx}`]);
  const textPx = (line = ""): number => line.length * letterDots * dotPx;
  const widths = stages.map(({ preview }, index) => Math.max(preview.width, ...(captions[index] ?? []).map(textPx)));
  const tallest = Math.max(...stages.map(({ preview }) => preview.height));
  const width = widths.reduce((sum, cell) => sum + cell + gapPx, gapPx);
  const canvas = canvasOf(width, gapPx + tallest + gapPx + captionPx + gapPx, ground);
  let left = gapPx;
  for (const [index, stage] of stages.entries()) {
    place(canvas, stage, boxes, left, gapPx);
    const [title = "", size = ""] = captions[index] ?? [];
    const top = gapPx + tallest + gapPx;
    write(canvas, title, left, top, ink);
    write(canvas, size, left, top + lineDots * dotPx, muted);
    left += (widths[index] ?? 0) + gapPx;
  }
  return encoded(canvas);
}

function canvasOf(width: number, height: number, colour: Colour): Canvas {
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < pixels.length; at += 3) pixels.set(colour, at);
  return { pixels, width, height };
}

function place(
  canvas: Canvas,
  { preview, widthPx, heightPx, geometry }: Stage,
  boxes: readonly Box[],
  left: number,
  top: number,
): void {
  const { pixels, width, height } = preview;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const level = pixels[y * width + x] ?? 0;
      canvas.pixels.fill(
        level,
        ((top + y) * canvas.width + left + x) * 3,
        ((top + y) * canvas.width + left + x) * 3 + 3,
      );
    }
  const [scaleX, scaleY] = [width / widthPx, height / heightPx];
  for (const box of boxes) {
    const shown = boxInOutput(box, geometry);
    if (shown === undefined) continue;
    const x = Math.floor(shown.x * scaleX);
    const y = Math.floor(shown.y * scaleY);
    const right = Math.min(width, Math.ceil((shown.x + shown.width) * scaleX));
    const bottom = Math.min(height, Math.ceil((shown.y + shown.height) * scaleY));
    outline(canvas, { x: left + x, y: top + y, width: right - x, height: bottom - y });
  }
}

function outline(canvas: Canvas, box: Box): void {
  for (let x = box.x; x < box.x + box.width; x++) {
    paint(canvas, x, box.y, amber);
    paint(canvas, x, box.y + box.height - 1, amber);
  }
  for (let y = box.y; y < box.y + box.height; y++) {
    paint(canvas, box.x, y, amber);
    paint(canvas, box.x + box.width - 1, y, amber);
  }
}

function write(canvas: Canvas, text: string, left: number, top: number, colour: Colour): void {
  for (const dot of textDots(text))
    for (let y = 0; y < dotPx; y++)
      for (let x = 0; x < dotPx; x++) paint(canvas, left + dot.x * dotPx + x, top + dot.y * dotPx + y, colour);
}

function paint({ pixels, width, height }: Canvas, x: number, y: number, colour: Colour): void {
  if (x < width && y < height) pixels.set(colour, (y * width + x) * 3);
}

async function encoded({ pixels, width, height }: Canvas): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6 })
    .toBuffer();
}
