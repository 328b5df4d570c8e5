/** Burns a text into the pixels, as some makers do with the name of the view. */
import type { Laterality } from "../dataset.ts";
import type { ImageSize } from "./detect-tissue.ts";

/** Five by seven dots, one string a row. */
const glyphs: Record<string, readonly string[]> = {
  R: ["####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#"],
  L: ["#....", "#....", "#....", "#....", "#....", "#....", "#####"],
  M: ["#...#", "##.##", "#.#.#", "#.#.#", "#...#", "#...#", "#...#"],
  O: [".###.", "#...#", "#...#", "#...#", "#...#", "#...#", ".###."],
  C: [".###.", "#...#", "#....", "#....", "#....", "#...#", ".###."],
  "-": [".....", ".....", ".....", "#####", ".....", ".....", "....."],
};

const dotMm = 1;
const marginMm = 7;

/**
 * Writes the text into the upper corner away from the chest wall, where a breast leaves room.
 *
 * @param samples `[rows, columns]`, changed in place.
 */
export function burnLabel(
  samples: Uint16Array,
  { rows, columns, pixelMm }: ImageSize,
  text: string,
  laterality: Laterality,
  storedValue: number,
): void {
  const dot = Math.max(1, Math.round(dotMm / pixelMm));
  const margin = Math.round(marginMm / pixelMm);
  const textWidth = (text.length * 6 - 1) * dot;
  const left = laterality === "L" ? columns - margin - textWidth : margin;
  for (let position = 0; position < text.length; position++) {
    const glyph = glyphs[text.charAt(position)] ?? [];
    for (const [glyphRow, line] of glyph.entries()) {
      for (let glyphColumn = 0; glyphColumn < line.length; glyphColumn++) {
        if (line.charAt(glyphColumn) !== "#") continue;
        const x = Math.max(left + (position * 6 + glyphColumn) * dot, 0);
        const y = margin + glyphRow * dot;
        for (let row = y; row < Math.min(y + dot, rows); row++) {
          samples.fill(storedValue, row * columns + x, row * columns + Math.min(x + dot, columns));
        }
      }
    }
  }
}
