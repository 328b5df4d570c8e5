interface Size {
  width: number;
  height: number;
}

/**
 * Turns an image in place about its centre, counter-clockwise, black where it was not: torchvision's rotate of bytes with bilinear
 * interpolation.
 *
 * @param image whole grey values, [height, width]
 */
export function rotate(image: Float32Array, { width, height }: Size, degrees: number): void {
  const source = image.slice();
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const at = (x: number, y: number): number =>
    x >= 0 && x < width && y >= 0 && y < height ? (source[y * width + x] ?? 0) : 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [right, down] = [x + 0.5 - width / 2, y + 0.5 - height / 2];
      const fromX = cosine * right - sine * down + width / 2 - 0.5;
      const fromY = sine * right + cosine * down + height / 2 - 0.5;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [partX, partY] = [fromX - left, fromY - top];
      image[y * width + x] = Math.round(
        (1 - partY) * ((1 - partX) * at(left, top) + partX * at(left + 1, top)) +
          partY * ((1 - partX) * at(left, top + 1) + partX * at(left + 1, top + 1)),
      );
    }
}

/** Moves an image in place by whole pixels, black where it was not. */
export function translate(
  image: Float32Array,
  { width, height }: Size,
  { right, down }: { right: number; down: number },
): void {
  const source = image.slice();
  image.fill(0);
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
    const row = (y - down) * width;
    image.set(
      source.subarray(row + Math.max(0, -right), row + Math.min(width, width - right)),
      y * width + Math.max(0, right),
    );
  }
}
