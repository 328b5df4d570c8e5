import { type GreyImage, type GreyPixels, blackPixels, whiteLevel } from "../grey-image.ts";
import type { Kernels, TilePositions } from "../kernels/kernels.ts";
import type { ClaheStep } from "../recipe.ts";
import { roundHalfEven } from "./round-half-even.ts";

/**
 * Contrast-limited adaptive histogram equalisation, equal to OpenCV's `createCLAHE(clipLimit, (tilesX, tilesY))`.
 *
 * K. Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994, with what OpenCV makes of it:
 * the image is mirrored up to a multiple of the tiles; a tile's histogram is clipped at max(1, clipLimit * tileArea / levels)
 * and the excess spread evenly, its remainder at a constant step; between the centres of tiles the levels are interpolated.
 * Arithmetic is in single precision where OpenCV's is.
 */
export function clahe(
  image: GreyImage,
  { clipLimit, tilesX, tilesY }: Omit<ClaheStep, "step">,
  kernels: Kernels,
): GreyImage {
  const { width, height } = image;
  const levels = whiteLevel(image.pixels) + 1;
  const isDivisible = width % tilesX === 0 && height % tilesY === 0;
  // OpenCV extends both sides when one needs it, by a whole number of tiles where it already fits.
  const tileWidth = isDivisible ? width / tilesX : (width + tilesX - (width % tilesX)) / tilesX;
  const tileHeight = isDivisible ? height / tilesY : (height + tilesY - (height % tilesY)) / tilesY;
  const counts = kernels.countTiles(image, {
    tilesX,
    tilesY,
    tileWidth,
    tileHeight,
    columns: mirrored(width, tileWidth * tilesX),
    rows: mirrored(height, tileHeight * tilesY),
  });
  const maps = blackPixels(image.pixels, counts.length);
  const clip = clipLimit > 0 ? Math.max(1, Math.trunc((clipLimit * tileWidth * tileHeight) / levels)) : undefined;
  for (let start = 0; start < counts.length; start += levels) {
    const histogram = counts.subarray(start, start + levels);
    if (clip !== undefined) clipHistogram(histogram, clip);
    writeMap(histogram, maps.subarray(start, start + levels), tileWidth * tileHeight);
  }
  const x = tilePositions(width, tileWidth, tilesX);
  const y = tilePositions(height, tileHeight, tilesY);
  return kernels.blendTiles(image, maps, { x, y, tilesX });
}

/** Coordinates 0 to `extended`, those beyond `size` reflected at the border without repeating the border's pixel. */
function mirrored(size: number, extended: number): Uint32Array {
  const period = Math.max(1, 2 * (size - 1));
  return Uint32Array.from({ length: extended }, (_, coordinate) => {
    const within = coordinate % period;
    return within < size ? within : period - within;
  });
}

function clipHistogram(histogram: Uint32Array, clip: number): void {
  const levels = histogram.length;
  let excess = 0;
  for (let level = 0; level < levels; level++) {
    const count = histogram[level] ?? 0;
    if (count <= clip) continue;
    excess += count - clip;
    histogram[level] = clip;
  }
  const share = Math.floor(excess / levels);
  let remainder = excess - share * levels;
  for (let level = 0; level < levels; level++) histogram[level] = (histogram[level] ?? 0) + share;
  if (remainder === 0) return;
  const step = Math.max(Math.floor(levels / remainder), 1);
  for (let level = 0; level < levels && remainder > 0; level += step, remainder--)
    histogram[level] = (histogram[level] ?? 0) + 1;
}

/** The cumulated histogram, stretched from black to white. */
function writeMap(histogram: Uint32Array, map: GreyPixels, tileArea: number): void {
  const levels = histogram.length;
  const scale = Math.fround((levels - 1) / tileArea);
  let sum = 0;
  for (let level = 0; level < levels; level++) {
    sum += histogram[level] ?? 0;
    map[level] = Math.min(levels - 1, roundHalfEven(Math.fround(sum * scale)));
  }
}

function tilePositions(size: number, tileSize: number, tiles: number): TilePositions {
  const before = new Uint32Array(size);
  const behind = new Uint32Array(size);
  const weight = new Float32Array(size);
  const perPixel = Math.fround(1 / tileSize);
  for (let at = 0; at < size; at++) {
    const position = Math.fround(Math.fround(at * perPixel) - 0.5);
    const tile = Math.floor(position);
    before[at] = Math.max(tile, 0);
    behind[at] = Math.min(tile + 1, tiles - 1);
    weight[at] = position - tile;
  }
  return { before, behind, weight };
}
