/** An image of 8 or 16 bits, or a rectangle of one: pixel (x, y) is `pixels[offset + y * stride + x]`. */
export interface GreyImage {
  pixels: Uint8Array | Uint16Array;
  offset: number;
  stride: number;
  width: number;
  height: number;
}

/** A rectangle in pixels, from its upper left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The box that has everything in it. */
export function wholeOf({ width, height }: { width: number; height: number }): Box {
  return { x: 0, y: 0, width, height };
}

/** An image that fills its pixels, `[height, width]`. */
export function greyImage(pixels: GreyImage["pixels"], width: number, height: number): GreyImage {
  return { pixels, offset: 0, stride: width, width, height };
}

/** A rectangle of an image; shares its pixels. */
export function cropped(image: GreyImage, box: Box): GreyImage {
  return { ...image, offset: image.offset + box.y * image.stride + box.x, width: box.width, height: box.height };
}

/** The pixels of an image without gaps, in memory of their own, `[height, width]`. */
export function packedPixels(image: GreyImage): GreyImage["pixels"] {
  const packed = newPixels(image, image.width * image.height);
  for (let y = 0; y < image.height; y++) packed.set(rowOf(image, y), y * image.width);
  return packed;
}

/** `count` pixels, zero, of an image's kind. */
export function newPixels({ pixels }: GreyImage, count: number): GreyImage["pixels"] {
  return pixels instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count);
}

/** The largest level that an image's pixels can have. */
export function highestLevel({ pixels }: GreyImage): number {
  return pixels instanceof Uint16Array ? 65535 : 255;
}

/** One row, a view. */
export function rowOf(image: GreyImage, y: number): GreyImage["pixels"] {
  const start = image.offset + y * image.stride;
  return image.pixels.subarray(start, start + image.width);
}

/** How often each grey level occurs, `Uint32Array, [256]` or `[65536]`. */
export function histogramOf(image: GreyImage): Uint32Array {
  const counts = new Uint32Array(highestLevel(image) + 1);
  for (let y = 0; y < image.height; y++) for (const level of rowOf(image, y)) counts[level] = (counts[level] ?? 0) + 1;
  return counts;
}
