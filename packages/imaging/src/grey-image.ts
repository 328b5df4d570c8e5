/** Grey levels of 8 or 16 bits. */
export type GreyPixels = Uint8Array | Uint16Array;

/** A grey image, or a rectangle of one: pixel (x, y) is `pixels[offset + y * stride + x]`. */
export interface GreyImage<Pixels extends GreyPixels = GreyPixels> {
  pixels: Pixels;
  offset: number;
  stride: number;
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
}

/** A rectangle in pixels, from its upper left corner. */
export interface Box extends Size {
  x: number;
  y: number;
}

/** The box that has everything in it. */
export function wholeOf({ width, height }: Size): Box {
  return { x: 0, y: 0, width, height };
}

/** An image that fills its pixels, `[height, width]`. */
export function greyImage<Pixels extends GreyPixels>(pixels: Pixels, width: number, height: number): GreyImage<Pixels> {
  return { pixels, offset: 0, stride: width, width, height };
}

/** A rectangle of an image; shares its pixels. */
export function cropped<Pixels extends GreyPixels>(image: GreyImage<Pixels>, box: Box): GreyImage<Pixels> {
  return { ...image, offset: image.offset + box.y * image.stride + box.x, width: box.width, height: box.height };
}

/** `length` black pixels of the same depth. */
export function blackPixels<Pixels extends GreyPixels>(like: Pixels, length: number): Pixels {
  // The cast: what is made is of the class that was looked at.
  return (like instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length)) as Pixels;
}

/** The level of white. */
export function whiteLevel(pixels: GreyPixels): number {
  return pixels instanceof Uint8Array ? 0xff : 0xffff;
}

/** The pixels of an image without gaps, in memory of their own, `[height, width]`. */
export function packedPixels<Pixels extends GreyPixels>(image: GreyImage<Pixels>): Pixels {
  const packed = blackPixels(image.pixels, image.width * image.height);
  for (let y = 0; y < image.height; y++) packed.set(rowOf(image, y), y * image.width);
  return packed;
}

/** One row, a view. */
export function rowOf<Pixels extends GreyPixels>(image: GreyImage<Pixels>, y: number): Pixels {
  const start = image.offset + y * image.stride;
  // The cast: a part of an array is of the array's class.
  return image.pixels.subarray(start, start + image.width) as Pixels;
}

/** How often each grey level occurs, `Uint32Array, [256]` or `[65536]`. */
export function histogramOf(image: GreyImage): Uint32Array {
  const counts = new Uint32Array(whiteLevel(image.pixels) + 1);
  for (let y = 0; y < image.height; y++) for (const level of rowOf(image, y)) counts[level] = (counts[level] ?? 0) + 1;
  return counts;
}

function isEightBit(image: GreyImage): image is GreyImage<Uint8Array> {
  return image.pixels instanceof Uint8Array;
}

/**
 * The image in 8 bits, to find things in: itself, or the levels of 16 bits divided by 257 and truncated, which are the
 * levels that scaling to 8 bits would have given.
 */
export function eightBitImage(image: GreyImage): GreyImage<Uint8Array> {
  if (isEightBit(image)) return image;
  const pixels = new Uint8Array(image.width * image.height);
  for (let y = 0, at = 0; y < image.height; y++)
    for (const level of rowOf(image, y)) pixels[at++] = eightBitLevel(level);
  return greyImage(pixels, image.width, image.height);
}

/** Of 16 bits: divided by 257, truncated. */
export function eightBitLevel(level: number): number {
  return (level * 0xff01) >>> 24;
}
