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
import type { Box } from "../grey-image.ts";
import { heatColour, heatOnGrey } from "./heat-colours.ts";

/** What is drawn: a square grey image beside itself under its heat map. */
export interface ExplanationPicture {
  /** `[size, size]`, 8 bits. */
  pixels: Uint8Array;
  sizePx: number;
  /** `[size, size]`, not negative; 0 leaves the image as it is. */
  heat: Float32Array;
  /** The hottest place, in the image's pixels. */
  peak: { x: number; y: number };
  /** Lesions as the readers drew them, in the image's pixels. */
  boxes: readonly Box[];
}

/** Sky blue: far from the heat's orange for every kind of colour vision. */
const boxColour: Colour = [86, 196, 255];
const shadow: Colour = [0, 0, 0];
const gapPx = 8;
const barPx = 96;
const ringPx = 6;

/**
 * Original and overlay side by side as one PNG. Lesion boxes stand in both, a thin line goes around what is hotter than
 * half of the map's largest value, a ring around its peak, and a scale beneath says what the colours mean.
 *
 * @param scale pixels of the picture per pixel of the image, a whole number
 */
export async function drawExplanation(picture: ExplanationPicture, scale: number): Promise<Buffer> {
  const side = picture.sizePx * scale;
  const most = picture.heat.reduce((largest, value) => Math.max(largest, value), 0);
  const canvas = canvasOf(2 * side + gapPx, side + 2 * gapPx + lineDots * dotPx, ground);
  const right = side + gapPx;
  const levels = enlarged(picture.pixels, picture.sizePx, scale);
  const shares = enlarged(picture.heat, picture.sizePx, scale).map((value) => (most > 0 ? value / most : 0));
  for (let y = 0, at = 0; y < side; y++)
    for (let x = 0; x < side; x++, at++) {
      const level = Math.round(levels[at] ?? 0);
      paint(canvas, x, y, [level, level, level]);
      paint(canvas, right + x, y, heatOnGrey(level, shares[at] ?? 0));
    }
  drawContour(canvas, shares, side, right);
  for (const box of picture.boxes) for (const left of [0, right]) drawBox(canvas, box, scale, left);
  drawRing(canvas, right + picture.peak.x * scale, picture.peak.y * scale, right);
  drawLegend(canvas, { right, top: side + gapPx, most, hasBoxes: picture.boxes.length > 0 });
  return encoded(canvas, true);
}

/** The image, each pixel a square of `scale`, between their centres linear. */
function enlarged(values: ArrayLike<number>, size: number, scale: number): Float32Array {
  const side = size * scale;
  const wide = new Float32Array(side * side);
  const within = (place: number): number => Math.min(Math.max(place, 0), size - 1);
  for (let y = 0; y < side; y++) {
    const row = (y + 0.5) / scale - 0.5;
    const top = Math.floor(row);
    for (let x = 0; x < side; x++) {
      const column = (x + 0.5) / scale - 0.5;
      const left = Math.floor(column);
      const at = (dx: number, dy: number): number => values[within(top + dy) * size + within(left + dx)] ?? 0;
      const upper = at(0, 0) + (column - left) * (at(1, 0) - at(0, 0));
      const lower = at(0, 1) + (column - left) * (at(1, 1) - at(0, 1));
      wide[y * side + x] = upper + (row - top) * (lower - upper);
    }
  }
  return wide;
}

/** The inner border of what is at least half of the largest value. */
function drawContour(canvas: Canvas, shares: Float32Array, side: number, left: number): void {
  const isHot = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < side && y < side && (shares[y * side + x] ?? 0) >= 0.5;
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if (isHot(x, y) && !(isHot(x - 1, y) && isHot(x + 1, y) && isHot(x, y - 1) && isHot(x, y + 1)))
        paint(canvas, left + x, y, ink);
}

/** Drawn outside the lesion, on a dark line, so that it stands out from bright tissue too. */
function drawBox(canvas: Canvas, box: Box, scale: number, left: number): void {
  const side = (canvas.width - gapPx) / 2;
  const from = (place: number): number => Math.max(0, Math.floor(place * scale));
  const to = (place: number): number => Math.min(side, Math.ceil(place * scale));
  const [x, y] = [from(box.x), from(box.y)];
  const outer = { x: left + x, y, width: to(box.x + box.width) - x, height: to(box.y + box.height) - y };
  const grown = (by: number): Box => ({
    x: outer.x - by,
    y: outer.y - by,
    width: outer.width + 2 * by,
    height: outer.height + 2 * by,
  });
  outline(canvas, grown(1), shadow);
  outline(canvas, outer, boxColour);
  outline(canvas, grown(-1), boxColour);
}

/** Light between two dark lines, so that it stands out from light and dark. */
function drawRing(canvas: Canvas, centreX: number, centreY: number, from: number): void {
  const reach = ringPx + 2;
  for (let y = Math.floor(centreY) - reach; y <= centreY + reach; y++)
    for (let x = Math.max(from, Math.floor(centreX) - reach); x <= centreX + reach; x++) {
      const away = Math.abs(Math.hypot(x + 0.5 - centreX, y + 0.5 - centreY) - ringPx);
      if (away < 2) paint(canvas, x, y, away < 1 ? ink : shadow);
    }
}

interface LegendFacts {
  right: number;
  top: number;
  most: number;
  hasBoxes: boolean;
}

function drawLegend(canvas: Canvas, { right, top, most, hasBoxes }: LegendFacts): void {
  const lesion = hasBoxes ? "lesion" : "no box";
  write(canvas, lesion, 0, top, hasBoxes ? boxColour : muted);
  const ringAt = (lesion.length + 2) * letterDots * dotPx;
  drawRing(canvas, ringAt, top + 3.5 * dotPx, 0);
  write(canvas, "hottest", ringAt + 2 * letterDots * dotPx, top, ink);
  if (most === 0) return write(canvas, "no heat", right, top, muted);
  const zeroPx = 2 * letterDots * dotPx;
  write(canvas, "0", right, top, ink);
  for (let x = 0; x < barPx; x++)
    for (let y = 0; y < 7 * dotPx; y++) paint(canvas, right + zeroPx + x, top + y, heatColour(x / (barPx - 1)));
  write(canvas, inThreeDigits(most), right + zeroPx + barPx + letterDots * dotPx, top, ink);
}

/** `2.31`, `0.0143`, `1.2E-7`. */
function inThreeDigits(value: number): string {
  return value >= 1e-4 && value < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}
