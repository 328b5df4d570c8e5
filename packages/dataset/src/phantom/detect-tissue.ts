/** The detector: brightness in the breast's own frame becomes stored values of an image, with noise and burnt-in text. */
import type { Laterality } from "../dataset.ts";
import type { Layer } from "./layer.ts";
import type { Maker } from "./makers.ts";
import type { Random } from "./random.ts";
import { at } from "./texture.ts";

export interface ImageSize {
  rows: number;
  columns: number;
  pixelMm: number;
}

/** Noise at full brightness and scale 1; smaller images average pixels, but real noise does not average out fully. */
const noiseAtFullScale = 0.02;

/**
 * @param tissue brightness with the chest wall at column 0; mirrored for the right breast, whose chest wall is on the
 * right of its image.
 * @returns `[rows, columns]`, stored values of the maker's encoding.
 */
export function detectTissue(
  tissue: Layer,
  { rows, columns, pixelMm }: ImageSize,
  maker: Maker,
  laterality: Laterality,
  random: Random,
): Uint16Array<ArrayBuffer> {
  const samples = new Uint16Array(rows * columns);
  const { dark, bright } = maker.levels;
  const range = bright - dark;
  const top = 2 ** maker.bitsStored - 1;
  const isMonochrome1 = maker.photometricInterpretation === "MONOCHROME1";
  const sigma = range * noiseAtFullScale * Math.min(1, Math.sqrt(0.085 / pixelMm));
  const noise = noiseTable(random);
  let state = random.uint32() | 1;

  const perPixel = pixelMm / tissue.stepMm;
  const breastColumns = Math.min(columns, Math.floor((tissue.width - 1) / perPixel));
  const across = columnWeights(breastColumns, perPixel, tissue.width);
  const line = new Float32Array(tissue.width);
  samples.fill(maker.pixelPadding ?? (isMonochrome1 ? top - dark : dark));

  for (let row = 0; row < rows; row++) {
    const y = Math.min(row * perPixel, tissue.height - 1.001);
    blendRows(tissue, y | 0, y % 1, line);
    const step = laterality === "L" ? 1 : -1;
    let out = row * columns + (laterality === "L" ? 0 : columns - 1);
    for (let column = 0; column < breastColumns; column++, out += step) {
      const left = across.left[column] as number;
      const brightness = at(line, left) + (at(line, left + 1) - at(line, left)) * at(across.share, column);
      if (brightness <= 0) continue;
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const value = dark + brightness * range + sigma * (0.35 + 0.65 * brightness) * at(noise, state & 4095);
      const stored = Math.min(Math.max(value, dark), bright) | 0;
      samples[out] = isMonochrome1 ? top - stored : stored;
    }
  }
  return samples;
}

/** Standard normal numbers to draw from: a table is much faster than a logarithm for each pixel. */
function noiseTable(random: Random): Float32Array {
  return Float32Array.from({ length: 4096 }, () => random.normal());
}

function columnWeights(columns: number, perPixel: number, width: number) {
  const left = new Int32Array(columns);
  const share = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    const x = Math.min(column * perPixel, width - 1.001);
    left[column] = Math.floor(x);
    share[column] = x % 1;
  }
  return { left, share };
}

function blendRows({ values, width }: Layer, upper: number, share: number, into: Float32Array): void {
  const start = upper * width;
  for (let column = 0; column < width; column++) {
    const above = at(values, start + column);
    into[column] = above + (at(values, start + width + column) - above) * share;
  }
}
