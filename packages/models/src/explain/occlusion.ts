import { type HeatMap, heatMapOf } from "./heat-map.ts";

export interface OcclusionOptions {
  /** Side of the square images. */
  sizePx: number;
  /** Side of the patch and distance between neighbouring ones, as shares of the image's side. */
  patchShare: number;
  strideShare: number;
  /** Grey level that the patch has: 0 is air. */
  fill: number;
}

/** Images that go through the network at once. */
const batchSize = 32;

/**
 * How much evidence of malignancy an image loses where a patch covers it (Zeiler & Fergus 2014,
 * https://arxiv.org/abs/1311.2901, section 4.2): the drop of the evidence, averaged over all patches that cover a pixel.
 *
 * @param image grey, uint8 `[size, size]`
 * @param evidenceOf the logit difference of each image of a batch, uint8 `[n, size, size]`
 * @returns heat is 0 where covering makes the image look more malignant
 */
export async function occlude(
  image: Uint8Array,
  evidenceOf: (images: Uint8Array) => Promise<ArrayLike<number>>,
  { sizePx, patchShare, strideShare, fill }: OcclusionOptions,
): Promise<HeatMap> {
  const patch = Math.max(1, Math.round(patchShare * sizePx));
  const starts = startsOf(sizePx, patch, Math.max(1, Math.round(strideShare * sizePx)));
  const patches = starts.flatMap((top) => starts.map((left): Patch => ({ top, left, side: patch })));
  // Where a patch changes nothing there is nothing to compute.
  const changing = patches.filter((one) => changes(image, sizePx, one, fill));
  const [whole = Number.NaN] = Array.from(await evidenceOf(image));
  const drops = new Map<Patch, number>();
  for (let start = 0; start < changing.length; start += batchSize) {
    const batch = changing.slice(start, start + batchSize);
    const images = new Uint8Array(batch.length * image.length);
    batch.forEach((one, index) => images.set(covered(image, sizePx, one, fill), index * image.length));
    const evidence = await evidenceOf(images);
    batch.forEach((one, index) => drops.set(one, whole - (evidence[index] ?? Number.NaN)));
  }
  const map = meanOver(patches, (one) => drops.get(one) ?? 0, sizePx);
  return heatMapOf(map, sizePx, sizePx);
}

/** A square, its upper left corner and side in pixels. */
interface Patch {
  top: number;
  left: number;
  side: number;
}

/** Every stride, and once more at the far border, so that no pixel is left out. */
function startsOf(sizePx: number, patch: number, stride: number): number[] {
  const last = Math.max(0, sizePx - patch);
  const starts = Array.from({ length: Math.floor(last / stride) + 1 }, (_, index) => index * stride);
  return starts.at(-1) === last ? starts : [...starts, last];
}

function changes(image: Uint8Array, sizePx: number, patch: Patch, fill: number): boolean {
  for (const { start, end } of rowsOf(patch, sizePx))
    for (let at = start; at < end; at++) if (image[at] !== fill) return true;
  return false;
}

function covered(image: Uint8Array, sizePx: number, patch: Patch, fill: number): Uint8Array {
  const copy = Uint8Array.from(image); // a Buffer's slice would share its bytes
  for (const { start, end } of rowsOf(patch, sizePx)) copy.fill(fill, start, end);
  return copy;
}

function meanOver(patches: readonly Patch[], dropOf: (patch: Patch) => number, sizePx: number): Float32Array {
  const sums = new Float64Array(sizePx * sizePx);
  const counts = new Uint32Array(sizePx * sizePx);
  for (const patch of patches)
    for (const { start, end } of rowsOf(patch, sizePx))
      for (let at = start; at < end; at++) {
        sums[at] = (sums[at] ?? 0) + dropOf(patch);
        counts[at] = (counts[at] ?? 0) + 1;
      }
  return Float32Array.from(sums, (sum, at) => sum / (counts[at] ?? 1));
}

/** Which pixels of the image lie in a patch, row by row. */
function rowsOf({ top, left, side }: Patch, sizePx: number): { start: number; end: number }[] {
  const rows = Math.min(side, sizePx - top);
  const wide = Math.min(side, sizePx - left);
  return Array.from({ length: rows }, (_, row) => {
    const start = (top + row) * sizePx + left;
    return { start, end: start + wide };
  });
}
