/**
 * A Gaussian blur of 3 x 3 pixels in place, edges mirrored: torchvision's gaussian_blur of bytes.
 *
 * @param image whole grey values, [height, width], at least 2 x 2
 */
export function blur(image: Float32Array, width: number, sigmaPx: number): void {
  const side = Math.exp(-0.5 / sigmaPx ** 2);
  const [near, far] = [1 / (1 + 2 * side), side / (1 + 2 * side)];
  const height = image.length / width;
  const rows = new Float32Array(image.length);
  for (let y = 0; y < height; y++) {
    const [above, below] = [y === 0 ? 1 : y - 1, y === height - 1 ? height - 2 : y + 1];
    for (let x = 0; x < width; x++)
      rows[y * width + x] =
        near * (image[y * width + x] ?? 0) + far * ((image[above * width + x] ?? 0) + (image[below * width + x] ?? 0));
  }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [left, right] = [x === 0 ? 1 : x - 1, x === width - 1 ? width - 2 : x + 1];
      const sum = far * ((rows[y * width + left] ?? 0) + (rows[y * width + right] ?? 0));
      image[y * width + x] = Math.round(near * (rows[y * width + x] ?? 0) + sum);
    }
}
