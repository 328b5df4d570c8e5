import { decodeGreyPng, prepareImage, recipeSchema, type Geometry, type HeaderFacts } from "@mammoflow/imaging";
import { AppError } from "@mammoflow/runtime";
import type { GivenImage } from "../served-model.ts";

/** An image as the model sees it, and what is left of its header. */
export interface PreparedPicture {
  /** As the run stores it. */
  png: Uint8Array;
  /** uint8 [size, size] */
  pixels: Uint8Array;
  sizePx: number;
  geometry: Geometry;
  /** Null for what came prepared. */
  header: HeaderFacts | null;
  warnings: string[];
  /** What it took. */
  decodeMs: number;
  prepareMs: number;
}

/**
 * Takes an image through the recipe, exactly as the run took its own.
 *
 * @throws DicomError, ImageError, AppError `IMAGE_PNG`, `IMAGE_MISFIT`
 */
export async function preparePicture(
  { name, bytes, isPrepared = false }: GivenImage,
  { recipe: stored, sizePx: expectedPx }: { recipe: Record<string, unknown>; sizePx: number | null },
): Promise<PreparedPicture> {
  const startedAt = performance.now();
  if (isPrepared) {
    const { pixels, sizePx } = await decodeGreyPng(bytes, name);
    requireSize(name, sizePx, expectedPx);
    const whole = { x: 0, y: 0, width: sizePx, height: sizePx };
    const geometry = { cropBox: whole, isMirrored: false, contentBox: whole };
    const decodeMs = performance.now() - startedAt;
    return { png: bytes, pixels, sizePx, geometry, header: null, warnings: [], decodeMs, prepareMs: 0 };
  }
  const recipe = recipeSchema.parse(stored);
  let decodedAt = startedAt;
  const { png, header, geometry, warnings } = await prepareImage(bytes, recipe, name, () => {
    decodedAt = performance.now();
  });
  const { pixels, sizePx } = await decodeGreyPng(png, name);
  requireSize(name, sizePx, expectedPx);
  const took = { decodeMs: decodedAt - startedAt, prepareMs: performance.now() - decodedAt };
  return { png, pixels, sizePx, geometry, header, warnings, ...took };
}

function requireSize(name: string, sizePx: number, expectedPx: number | null): void {
  if (expectedPx === null || sizePx === expectedPx) return;
  throw new AppError({
    code: "IMAGE_MISFIT",
    message: `${name} is ${sizePx} px wide, and the model takes images of ${expectedPx} px: prepare it with the model's own recipe.`,
  });
}
