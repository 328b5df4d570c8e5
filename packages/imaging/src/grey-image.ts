/** An 8-bit image, or a rectangle of one: pixel (x, y) is `pixels[offset + y * stride + x]`. */
export interface GreyImage {
  pixels: Uint8Array;
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

/** An image that fills its pixels, `[height, width]`. */
export function greyImage(pixels: Uint8Array, width: number, height: number): GreyImage {
  return { pixels, offset: 0, stride: width, width, height };
}

/** A rectangle of an image; shares its pixels. */
export function cropped(image: GreyImage, box: Box): GreyImage {
  return { ...image, offset: image.offset + box.y * image.stride + box.x, width: box.width, height: box.height };
}

/** The pixels of an image without gaps, in memory of their own, `[height, width]`. */
export function packedPixels(image: GreyImage): Uint8Array {
  const packed = new Uint8Array(image.width * image.height);
  for (let y = 0; y < image.height; y++) packed.set(rowOf(image, y), y * image.width);
  return packed;
}

/** One row, a view. */
export function rowOf(image: GreyImage, y: number): Uint8Array {
  const start = image.offset + y * image.stride;
  return image.pixels.subarray(start, start + image.width);
}

/** How often each grey level occurs, `Uint32Array, [256]`. */
export function histogramOf(image: GreyImage): Uint32Array {
  const counts = new Uint32Array(256);
  for (let y = 0; y < image.height; y++) for (const level of rowOf(image, y)) counts[level] = (counts[level] ?? 0) + 1;
  return counts;
}
