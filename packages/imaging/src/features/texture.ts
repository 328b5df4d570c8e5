import type { GreyImage } from "../grey-image.ts";

/** Grey levels in which texture is counted: 256 / 8. */
const textureLevels = 32;

export interface Texture {
  contrast: number;
  homogeneity: number;
  energy: number;
  correlation: number;
}

/** Directions of 0, 45, 90 and 135 degrees. */
const directions = [0, 1, 2, 3].map((step) => (step * Math.PI) / 4);

/**
 * How grey levels go together at a distance: R. Haralick and others, "Textural features for image classification", 1973.
 * Symmetric pairs whose two pixels both lie in the mask; each number is the mean over four directions. As scikit-image's
 * `graycomatrix` and `graycoprops` have it.
 *
 * @param mask 1 inside, `[height, width]`
 * @returns NaN where no pair lies inside
 */
export function textureOf(image: GreyImage<Uint8Array>, mask: Uint8Array, distance: number): Texture {
  const found = directions.map((angle) =>
    haralick(countPairs(image, mask, Math.round(Math.cos(angle) * distance), Math.round(Math.sin(angle) * distance))),
  );
  const meanOf = (name: keyof Texture): number => found.reduce((sum, texture) => sum + texture[name], 0) / found.length;
  return {
    contrast: meanOf("contrast"),
    homogeneity: meanOf("homogeneity"),
    energy: meanOf("energy"),
    correlation: meanOf("correlation"),
  };
}

/** How often level i has level j at an offset, `[32, 32]`, not yet symmetric. */
function countPairs(
  { pixels, offset, stride, width, height }: GreyImage<Uint8Array>,
  mask: Uint8Array,
  right: number,
  down: number,
): Uint32Array {
  const counts = new Uint32Array(textureLevels * textureLevels);
  const levelAt = (x: number, y: number): number => (pixels[offset + y * stride + x] ?? 0) >> 3;
  for (let y = 0; y + down < height; y++)
    for (let x = Math.max(0, -right); x < Math.min(width, width - right); x++) {
      if (mask[y * width + x] !== 1 || mask[(y + down) * width + x + right] !== 1) continue;
      const pair = levelAt(x, y) * textureLevels + levelAt(x + right, y + down);
      counts[pair] = (counts[pair] ?? 0) + 1;
    }
  return counts;
}

function haralick(counts: Uint32Array): Texture {
  let [total, mean, squares, products] = [0, 0, 0, 0];
  let [contrast, homogeneity, energy] = [0, 0, 0];
  for (let i = 0; i < textureLevels; i++)
    for (let j = 0; j < textureLevels; j++) {
      const count = (counts[i * textureLevels + j] ?? 0) + (counts[j * textureLevels + i] ?? 0);
      total += count;
      mean += count * i;
      squares += count * i * i;
      products += count * i * j;
      contrast += count * (i - j) ** 2;
      homogeneity += count / (1 + (i - j) ** 2);
      energy += count * count;
    }
  mean /= total;
  const variance = squares / total - mean * mean;
  return {
    contrast: contrast / total,
    homogeneity: homogeneity / total,
    energy: Math.sqrt(energy) / total,
    // Of a flat image scikit-image says 1 as well.
    correlation: variance < 1e-12 ? 1 : (products / total - mean * mean) / variance,
  };
}
