import { boxInOutput } from "../geometry.ts";
import type { Box } from "../grey-image.ts";
import type { Stage } from "./inspect-image.ts";
import {
  type Canvas,
  type Colour,
  canvasOf,
  dotPx,
  encoded,
  ground,
  ink,
  muted,
  outline,
  paint,
  write,
} from "../draw/canvas.ts";
import { letterDots, lineDots } from "../draw/dot-letters.ts";

const amber: Colour = [255, 176, 46];

const gapPx = 12;
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
      paint(canvas, left + x, top + y, [level, level, level]);
    }
  const [scaleX, scaleY] = [width / widthPx, height / heightPx];
  for (const box of boxes) {
    const shown = boxInOutput(box, geometry);
    if (shown === undefined) continue;
    const x = Math.floor(shown.x * scaleX);
    const y = Math.floor(shown.y * scaleY);
    const right = Math.min(width, Math.ceil((shown.x + shown.width) * scaleX));
    const bottom = Math.min(height, Math.ceil((shown.y + shown.height) * scaleY));
    outline(canvas, { x: left + x, y: top + y, width: right - x, height: bottom - y }, amber);
  }
}
