/** Multiplies grey values 0..255 in place: torchvision's adjust_brightness of bytes, which cuts fractions off. */
export function changeBrightness(image: Float32Array, factor: number): void {
  blend(image, 0, factor);
}

/** Spreads grey values 0..255 in place around their mean: torchvision's adjust_contrast of bytes. */
export function changeContrast(image: Float32Array, factor: number): void {
  let sum = 0;
  for (const value of image) sum += value;
  blend(image, sum / image.length, factor);
}

function blend(image: Float32Array, other: number, factor: number): void {
  const rest = (1 - factor) * other;
  for (let index = 0; index < image.length; index++)
    image[index] = Math.floor(Math.min(255, Math.max(0, Math.fround(factor * (image[index] ?? 0) + rest))));
}
